import type { Delivery } from '@taskflow/contracts-worker-protocol';
import type { Answer } from '../engine/route-table.ts';
import { ordersOf, type Report, reportOf } from './handler.ts';
import type { Chance } from '../kernel/chance.ts';
import type { WorkerOptions } from './socket-worker.ts';
import type { Execution } from './worker-ledger.ts';

const pauseMs = 150;
/** Virtual milliseconds after which a call without an answer is given up. */
const patienceMs = 4_000;
/** Claims that a worker of many threads has open at a time. */
const mostThreads = 2;
const prefix = '/api/v1/worker';

export interface CallingOptions extends WorkerOptions {
  readonly callChance: Chance;
  /** How often an answer that hands work over gets lost at this moment. */
  readonly lostAnswers: () => number;
  /** A planted bug: what was sent counts as arrived. */
  readonly namesWhatItNeverGot: boolean;
}

/**
 * A worker of plain HTTP calls, and a careless one: it runs to the end whatever it began, and reports it under the
 * lease that it was given, however long ago, until somebody answers.
 */
export class CallingWorker {
  readonly #options: CallingOptions;
  readonly #held = new Map<string, Execution>();
  #session: string | undefined;
  #received = 0;
  /** Whether it shows signs of life by itself while it holds nothing; else its claims have to do. */
  readonly #beatsIdle: boolean;
  /** Leases of answers that got lost. */
  readonly #neverGot: string[] = [];
  #isRegistering = false;

  constructor(options: CallingOptions) {
    this.#options = options;
    const { callChance } = options;
    this.#beatsIdle = callChance.happens(0.5);
    const threads = callChance.between(1, mostThreads);
    for (let thread = 0; thread < threads; thread += 1) void this.#work();
    this.#beat();
  }

  cut(): void {
    // Every call is a connection of its own.
  }

  leave(): void {
    this.#options.owner.dead = true;
  }

  async #work(): Promise<void> {
    for (;;) {
      if (this.#session === undefined && !this.#isRegistering) await this.#register();
      else if (this.#session === undefined) await this.#pause(pauseMs);
      else if (this.#held.size < this.#options.concurrency) await this.#claim(this.#session);
      await this.#pause(pauseMs);
    }
  }

  async #register(): Promise<void> {
    const { owner, types, concurrency } = this.#options;
    this.#isRegistering = true;
    const answer = await this.#call('register', { name: owner.name, types, concurrency });
    this.#isRegistering = false;
    if (answer?.status === 200) this.#session = String(answer.body.session);
    this.#received = 0;
  }

  async #claim(session: string): Promise<void> {
    const max = Math.max(1, this.#options.concurrency - this.#held.size);
    const answer = await this.#call('claim', { session, max, waitMs: 500 });
    if (answer?.status === 409 && this.#session === session) this.#session = undefined;
    if (answer?.status !== 200 || this.#loses(answer.body.deliveries as Delivery[])) return;
    for (const delivery of answer.body.deliveries as Delivery[]) void this.#carryOut(session, delivery);
  }

  /** The engine has handed over, and the worker never learns of it. */
  #loses(deliveries: readonly Delivery[]): boolean {
    const { callChance, lostAnswers, counters } = this.#options;
    if (deliveries.length === 0 || !callChance.happens(lostAnswers())) return false;
    counters.hit('answer of a claim lost');
    this.#neverGot.push(...deliveries.map(({ lease }) => lease));
    return true;
  }

  async #carryOut(session: string, delivery: Delivery): Promise<void> {
    const { ledger, owner, kernel, chance } = this.#options;
    this.#received = Math.max(this.#received, delivery.n);
    const execution = ledger.begin(owner.name, session, delivery, kernel.now);
    this.#held.set(delivery.lease, execution);
    this.#options.claimed();
    await this.#pause(ordersOf(delivery).ms);
    execution.endedAt = kernel.now;
    const report = reportOf(delivery);
    ledger.finish(delivery, report, this.#options.counters);
    if (chance.happens(0.05)) await this.#pause(chance.between(500, 3_000));
    await this.#report(session, report);
    this.#held.delete(delivery.lease);
  }

  async #report(session: string, report: Report): Promise<void> {
    const { ledger, kernel, counters } = this.#options;
    for (;;) {
      const answer = await this.#call(report.kind, { session, items: [report.item] });
      if (answer?.status === 200) {
        const outcomes = answer.body.outcomes as { lease: string; outcome: 'accepted' | 'superseded' }[];
        for (const { lease, outcome } of outcomes) {
          if (outcome === 'superseded') counters.hit('fencing refused a report');
          ledger.outcomes.push({ at: kernel.now, lease, taskId: report.item.taskId, kind: report.kind, outcome });
        }
        return;
      }
      await this.#pause(pauseMs);
    }
  }

  #beat(): void {
    const { kernel, owner, heartbeatMs, drift } = this.#options;
    kernel.after(heartbeatMs * drift, owner, '', () => this.#beat());
    const holds = [...this.#held.keys(), ...(this.#options.namesWhatItNeverGot ? this.#neverGot : [])];
    if (this.#session === undefined || (holds.length === 0 && !this.#beatsIdle)) return;
    const session = this.#session;
    void this.#call('heartbeat', { session, holds, received: this.#received }).then((answer) => {
      if (answer?.status === 409 && this.#session === session) this.#session = undefined;
    });
  }

  /** `undefined` when no answer came. */
  #call(verb: string, body: unknown): Promise<Answer | undefined> {
    const { kernel, owner, chance, engine } = this.#options;
    return new Promise((resolve) => {
      kernel.after(patienceMs, owner, '', () => resolve(undefined));
      const present = engine();
      if (!present?.isReady) return void kernel.after(pauseMs, owner, '', () => resolve(undefined));
      kernel.after(chance.span(2), present.owner, `${owner.name} calls ${verb}`, () => {
        void present.call('POST', `${prefix}/${verb}`, body).then((answer) => {
          kernel.after(chance.span(2), owner, `${verb} answered ${answer.status} ${answer.code ?? ''}`, () =>
            resolve(answer),
          );
        });
      });
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.kernel.after(ms, this.#options.owner, '', resolve);
    });
  }
}
