import type { Delivery, ServerFrame } from '@taskflow/contracts-worker-protocol';
import type { Wire } from '../engine/wire.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Engine } from '../engine/engine.ts';
import type { Counters } from '../counters.ts';
import { ordersOf, type Report, reportOf } from './handler.ts';
import type { Execution, WorkerLedger } from './worker-ledger.ts';

export interface WorkerOptions {
  readonly owner: Owner;
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly ledger: WorkerLedger;
  readonly counters: Counters;
  /** The engine that serves now, if one does. */
  readonly engine: () => Engine | undefined;
  readonly types: readonly string[];
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Its timers run this much faster (below 1) or slower. */
  readonly drift: number;
  /** It has been given work and has not shown a sign of life since. */
  readonly claimed: () => void;
}

interface Held {
  readonly delivery: Delivery;
  readonly execution: Execution;
  report?: Report;
  cancel: () => void;
}

const reconnectMs = 100;
const goodbye = 1000;
const sessionLost = 4002;

/** A worker as the protocol asks for it, over a WebSocket: it believes what it is told and nothing else. */
export class SocketWorker {
  readonly #options: WorkerOptions;
  readonly #held = new Map<string, Held>();
  readonly #reports = new Map<number, Report[]>();
  #wire: Wire | undefined;
  #session: string | undefined;
  #isRegistered = false;
  #received = 0;
  #refs = 0;
  #signOfLifeAt = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#connect();
    this.#beat();
  }

  /** The line breaks. */
  cut(): void {
    this.#wire?.cut();
  }

  /** Hands back what it holds and says goodbye; a new process takes its place. */
  leave(): void {
    this.#options.counters.hit('worker said goodbye');
    if (this.#session !== undefined) this.#options.ledger.goodbyes.add(this.#session);
    for (const { cancel } of this.#held.values()) cancel();
    this.#wire?.close(goodbye);
    this.#options.owner.dead = true;
  }

  #connect(): void {
    const { engine, owner } = this.#options;
    const present = engine();
    if (!present?.isReady) return void this.#later(reconnectMs, () => this.#connect());
    const wire = present.connect(owner, {
      received: (text) => {
        if (this.#wire === wire) this.#hear(JSON.parse(text) as ServerFrame);
      },
      closed: (code) => {
        if (this.#wire === wire) this.#closed(code);
      },
    });
    this.#wire = wire;
    this.#isRegistered = false;
    this.#received = 0;
    const { types, concurrency } = this.#options;
    const resume = this.#session === undefined ? {} : { session: this.#session, holds: [...this.#held.keys()] };
    wire.send({ kind: 'register', name: owner.name, types, concurrency, ...resume });
  }

  #closed(code: number): void {
    if (code === sessionLost) this.#beginAnew();
    this.#wire = undefined;
    this.#later(reconnectMs + this.#options.chance.between(0, 200), () => this.#connect());
  }

  #hear(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'registered':
        return this.#registered(frame.session, frame.lost);
      case 'deliver':
        for (const delivery of frame.deliveries) this.#take(delivery);
        return;
      case 'settled':
        return this.#settled(frame.ref, frame.outcomes);
      case 'heartbeat':
        this.#signOfLifeAt = this.#options.kernel.now;
        return this.#lose(frame.lost);
      case 'lost':
        return this.#lose(frame.leases);
      // The close that follows says the rest.
      case 'error':
        return;
    }
  }

  #registered(session: string, lost: readonly string[]): void {
    this.#session = session;
    this.#isRegistered = true;
    this.#signOfLifeAt = this.#options.kernel.now;
    this.#lose(lost);
    for (const { report } of this.#held.values()) if (report) this.#send(report);
    this.#grant();
  }

  #grant(): void {
    const free = this.#options.concurrency - this.#held.size;
    this.#wire?.send({ kind: 'credit', upTo: this.#received + Math.max(0, free) });
  }

  #take(delivery: Delivery): void {
    const { ledger, owner, kernel } = this.#options;
    this.#received = Math.max(this.#received, delivery.n);
    if (this.#held.has(delivery.lease)) return;
    const execution = ledger.begin(owner.name, this.#session ?? '', delivery, kernel.now);
    const held: Held = { delivery, execution, cancel: () => undefined };
    held.cancel = this.#later(ordersOf(delivery).ms, () => this.#finish(held));
    this.#held.set(delivery.lease, held);
    this.#options.claimed();
  }

  #finish(held: Held): void {
    held.execution.endedAt = this.#options.kernel.now;
    held.report = reportOf(held.delivery);
    this.#options.ledger.finish(held.delivery, held.report, this.#options.counters);
    if (this.#isRegistered && this.#wire) this.#send(held.report);
  }

  #send(report: Report): void {
    this.#refs += 1;
    this.#reports.set(this.#refs, [report]);
    this.#wire?.send({ kind: report.kind, ref: this.#refs, items: [report.item] });
  }

  #settled(ref: number, outcomes: readonly { lease: string; outcome: 'accepted' | 'superseded' }[]): void {
    const { ledger, kernel, counters } = this.#options;
    const [report] = this.#reports.get(ref) ?? [];
    this.#reports.delete(ref);
    for (const { lease, outcome } of outcomes) {
      if (outcome === 'superseded') counters.hit('fencing refused a report');
      this.#held.delete(lease);
      if (report) {
        ledger.outcomes.push({ at: kernel.now, lease, taskId: report.item.taskId, kind: report.kind, outcome });
      }
    }
    this.#grant();
  }

  #lose(leases: readonly string[]): void {
    for (const lease of leases) {
      const held = this.#held.get(lease);
      if (!held) continue;
      this.#options.counters.hit('lease taken from a worker');
      held.cancel();
      this.#held.delete(lease);
    }
    if (leases.length > 0 && this.#isRegistered) this.#grant();
  }

  #beginAnew(): void {
    for (const { cancel } of this.#held.values()) cancel();
    this.#held.clear();
    this.#session = undefined;
  }

  #beat(): void {
    const { heartbeatMs, drift, kernel, leaseMs, counters } = this.#options;
    this.#later(heartbeatMs * drift, () => this.#beat());
    if (this.#wire && this.#isRegistered) {
      this.#refs += 1;
      this.#wire.send({ kind: 'heartbeat', ref: this.#refs, holds: [...this.#held.keys()], received: this.#received });
    }
    if (kernel.now - this.#signOfLifeAt <= leaseMs || this.#held.size === 0) return;
    // Its own watchdog: what it holds belongs to others by now.
    counters.hit('worker watchdog');
    this.#beginAnew();
    this.cut();
  }

  #later(ms: number, run: () => void): () => void {
    return this.#options.kernel.after(ms, this.#options.owner, '', run);
  }
}
