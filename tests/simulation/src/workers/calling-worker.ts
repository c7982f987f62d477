import type { Delivery } from '@taskflow/contracts-worker-protocol';
import type { Answer } from '../engine/route-table.ts';
import { ordersOf, type Report, reportOf } from './handler.ts';
import type { Chance } from '../kernel/chance.ts';
import { type Manners, mannersOf, shouted } from './manners.ts';
import { misreport } from './misreport.ts';
import type { WorkerOptions } from './socket-worker.ts';
import type { Execution, OpenClaim } from './worker-ledger.ts';

const pauseMs = 150;
/** Virtual milliseconds after which a call without an answer is given up. */
const patienceMs = 4_000;
const prefix = '/api/v1/worker';

export interface CallingOptions extends WorkerOptions {
  readonly callChance: Chance;
  /** How it behaves, where that is not left to chance. */
  readonly manners: Partial<Manners>;
  /** How often it reports what it has no right to. */
  readonly misreports: number;
  /** How often an answer that hands work over gets lost at this moment. */
  readonly lostAnswers: () => number;
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
  readonly #manners: Manners;
  readonly #open = new Set<OpenClaim>();
  #isRegistering = false;

  constructor(options: CallingOptions) {
    this.#options = options;
    this.#manners = { ...mannersOf(options.callChance), ...options.manners };
    for (let thread = 0; thread < this.#manners.threads; thread += 1) void this.#work();
    this.#beat();
  }

  cut(): void {
    // Every call is a connection of its own.
  }

  leave(): void {
    this.#options.owner.dead = true;
  }

  async #work(): Promise<void> {
    const { oneEach, greed } = this.#manners;
    for (;;) {
      if (this.#session === undefined && !this.#isRegistering) await this.#register();
      else if (this.#session === undefined) await this.#pause(pauseMs);
      else if (oneEach || this.#held.size < this.#options.concurrency + greed) await this.#claim(this.#session);
      await this.#pause(pauseMs);
    }
  }

  async #register(): Promise<void> {
    const { owner, types, concurrency, callChance, misreports, ledger } = this.#options;
    this.#isRegistering = true;
    if (callChance.happens(misreports)) await misreport('unregistered', this.#conversation(undefined), ledger);
    const answer = await this.#call('register', { name: owner.name, types, concurrency });
    this.#isRegistering = false;
    if (answer?.status === 200) this.#session = String(answer.body.session);
    this.#received = 0;
  }

  async #claim(session: string): Promise<void> {
    const { oneEach, greed, waitMs } = this.#manners;
    const max = oneEach ? 1 : Math.max(1, this.#options.concurrency - this.#held.size) + greed;
    const open = this.#opened(session);
    const answer = await this.#call('claim', { session: this.#sent(session), max, waitMs });
    open.to = this.#options.kernel.now;
    this.#open.delete(open);
    if (answer?.status === 409 && this.#session === session) this.#session = undefined;
    if (answer?.status !== 200 || this.#loses(answer.body.deliveries as Delivery[])) return;
    const carriedOut = (answer.body.deliveries as Delivery[]).map((delivery) => this.#execute(session, delivery));
    if (oneEach) await Promise.all(carriedOut);
  }

  #opened(session: string): OpenClaim {
    const { ledger, kernel, owner, concurrency } = this.#options;
    const from = kernel.now;
    const held = this.#held.size;
    const open = {
      worker: owner.name,
      session,
      from,
      to: Number.POSITIVE_INFINITY,
      maxHeld: held,
      slots: concurrency,
    };
    ledger.claims.push(open);
    this.#open.add(open);
    return open;
  }

  /** The engine has handed over, and the worker never learns of it. */
  #loses(deliveries: readonly Delivery[]): boolean {
    const { callChance, lostAnswers, counters } = this.#options;
    if (deliveries.length === 0 || !callChance.happens(lostAnswers())) return false;
    counters.hit('answer of a claim lost');
    return true;
  }

  async #execute(session: string, delivery: Delivery): Promise<void> {
    const { ledger, owner, kernel, chance } = this.#options;
    this.#received = Math.max(this.#received, delivery.n);
    const execution = ledger.begin(owner.name, session, delivery, kernel.now);
    this.#held.set(delivery.lease, execution);
    for (const open of this.#open) open.maxHeld = Math.max(open.maxHeld, this.#held.size);
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
    const { ledger, kernel, counters, callChance, misreports } = this.#options;
    const items = [this.#manners.shouts ? shouted(report.item) : report.item];
    for (;;) {
      const answer = await this.#call(report.kind, { session: this.#sent(session), items });
      if (answer?.status === 200) {
        const outcomes = answer.body.outcomes as { lease: string; outcome: 'accepted' | 'superseded' }[];
        for (const { outcome } of outcomes) {
          if (outcome === 'superseded') counters.hit('fencing refused a report');
          const { lease, taskId } = report.item;
          ledger.outcomes.push({ at: kernel.now, lease, taskId, kind: report.kind, outcome });
        }
        break;
      }
      await this.#pause(pauseMs);
    }
    if (!callChance.happens(misreports)) return;
    const kind = callChance.pick(['again', 'of another', 'made up'] as const);
    await misreport(kind, this.#conversation(report), ledger);
  }

  #conversation(report: Report | undefined) {
    const { callChance: chance, owner, counters } = this.#options;
    return {
      chance,
      counters,
      worker: owner.name,
      report,
      session: this.#session,
      send: (kind: string, body: unknown) => this.#call(kind, body),
    };
  }

  /** An id as this worker writes it. */
  #sent(id: string): string {
    return this.#manners.shouts ? id.toUpperCase() : id;
  }

  #beat(): void {
    const { kernel, owner, heartbeatMs, drift } = this.#options;
    kernel.after(heartbeatMs * drift, owner, '', () => this.#beat());
    const holds = [...this.#held.keys()];
    if (this.#session === undefined || (holds.length === 0 && !this.#manners.beatsIdle)) return;
    const session = this.#session;
    const printed = { session: this.#sent(session), holds: holds.map((lease) => this.#sent(lease)) };
    void this.#call('heartbeat', { ...printed, received: this.#received }).then((answer) => {
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
          if (answer.status === 500)
            this.#options.ledger.dishonest.push(`${verb} was answered 500 ${answer.code ?? ''}`);
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
