import type { Register, ServerFrame } from '@taskflow/contracts-worker-protocol';
import type { Log } from '../definitions/context.ts';
import { TaskFlowError } from '../errors.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { Handlers } from './handlers.ts';
import { LeaseWatch } from './lease-watch.ts';
import { Reports } from './reports.ts';
import type { WorkerClock } from './worker-clock.ts';

export interface SessionOptions {
  readonly name: string;
  readonly queues: readonly string[] | undefined;
  readonly concurrency: number;
  readonly handlers: Handlers;
  /** The time for which a handler that goes on after its attempt keeps its slot. */
  readonly abandonAfterMs: number;
  readonly log: Log;
  /** Times attempts, and judges leases, where that is not the clock of the connection. */
  readonly attemptClock?: WorkerClock;
  readonly leaseClock?: WorkerClock;
  /** The server has begun a new session in place of the old one: it may be one that knows nothing of before. */
  renewed?(): void;
}

type Frame<Kind extends ServerFrame['kind']> = Extract<ServerFrame, { kind: Kind }>;

/** Unacknowledged reports above which no new work is asked for: the server is behind, or unreachable. */
const maxUnsettled = 10_000;
const progressEveryMs = 100;
const registerWithinMs = 10_000;
/** After the deadline of a drain, how long acknowledgements are waited for. */
const settleWithinMs = 5_000;
/** Refusals of a registration that pass by themselves. */
const passing: readonly string[] = ['unavailable', 'overloaded', 'internal_error', 'stopping'];

/**
 * What a worker is from its first registration to the end of its drain, over any number of connections.
 *
 * I1 A lease is in the runner while its attempt may still be reported, then in the reports until it is settled or
 *    lost, and in neither afterwards; registrations and heartbeats list exactly these.
 * I2 Nothing is sent on a connection before its registration is answered.
 * I3 Credit is granted for free slots only, and none while draining. A slot is free when its handler has returned.
 * I4 What one turn of the event loop brings leaves together, at its end: no timer stands between a result and the wire.
 */
export class WorkerSession {
  readonly #options: SessionOptions;
  readonly #clock: WorkerClock;
  readonly #leaseClock: WorkerClock;
  readonly #connection: Connection;
  readonly #watch: LeaseWatch;
  readonly #reports: Reports;
  readonly #runner: AttemptRunner;
  readonly #ended = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<void>();
  #session: string | undefined;
  #registeredAt = 0;
  #live = false;
  #closing = false;
  #giveUpRegistering: (() => void) | undefined;
  #received = 0;
  #granted = 0;
  #ref = 0;
  #turnIsWatched = false;
  #progressHeld = false;
  #drained: Promise<void> | undefined;
  /** The heartbeat of the drain, until it is answered. */
  #revokeRef: number | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: SessionOptions, connection: ConnectionOptions) {
    this.#options = options;
    this.#clock = connection.clock;
    this.#leaseClock = options.leaseClock ?? connection.clock;
    for (const { promise } of [this.#ended, this.#ready]) promise.catch(() => {});
    const nextRef = (): number => ++this.#ref;
    this.#reports = new Reports(nextRef);
    this.#runner = new AttemptRunner({
      handlers: options.handlers,
      log: options.log,
      clock: options.attemptClock ?? connection.clock,
      reports: this.#reports,
      lingering: { clock: connection.clock, maxMs: options.abandonAfterMs },
      changed: () => this.#watchTurn(),
    });
    this.#connection = new Connection(connection, {
      opened: () => this.#register(),
      frame: (text) => this.#receive(text),
      closed: (reason) => this.#disconnected(reason),
      refused: (error) => this.fail(error),
    });
    this.#watch = new LeaseWatch(this.#leaseClock, nextRef, {
      beat: (ref) => this.#send(this.#heartbeat(ref)),
      blocked: (ms) =>
        options.log.warn('the event loop was blocked: no handler went on, and no sign of life was sent', {
          ms: Math.round(ms),
          running: this.#runner.types().slice(0, 10),
        }),
      expired: () => this.#expired(),
      silent: () => this.#connection.abandon(),
    });
  }

  /** Resolves at the end of the drain; rejects when no further try can do better. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  open(): void {
    this.#connection.open();
  }

  fail(error: unknown): void {
    this.#ready.reject(error);
    this.#ended.reject(error);
    this.#close();
  }

  /** A second call with 0 ends the waiting of the first. */
  drain(deadlineMs: number): Promise<void> {
    if (this.#drained !== undefined && deadlineMs === 0) this.#runner.release();
    this.#drained ??= this.#drain(deadlineMs);
    return this.#drained;
  }

  async #drain(deadlineMs: number): Promise<void> {
    this.#revokeCredit();
    await this.#idleWithin(deadlineMs, () => this.#runner.busy === 0);
    this.#runner.release();
    await this.#idleWithin(settleWithinMs, () => this.#reports.unsettled === 0 && this.#revokeRef === undefined);
    const left = this.#reports.unsettled;
    if (left > 0) this.#options.log.warn('stopped before the server acknowledged everything', { unacknowledged: left });
    const { lingering } = this.#runner;
    if (lingering.size > 0) {
      const tasks = [...lingering.tasks()].slice(0, 20);
      this.#options.log.warn('stopped while handlers still run', { handlers: lingering.size, tasks });
    }
    this.#ready.reject(new TaskFlowError('drained', 'the worker was drained'));
    this.#ended.resolve();
    this.#close();
  }

  /**
   * Takes back what was granted. The heartbeat's answer stands behind every delivery that was on its way, so that
   * those are handed back too instead of being left to expire.
   */
  #revokeCredit(): void {
    if (!this.#live) return;
    this.#revokeRef = ++this.#ref;
    this.#send({ kind: 'credit', upTo: this.#received });
    this.#send(this.#heartbeat(this.#revokeRef));
  }

  /** Resolves when `idle` holds, looked at after each turn that changed something, or after `ms`. */
  #idleWithin(ms: number, idle: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#onIdle = undefined;
        resolve();
      };
      const cancel = this.#clock.after(ms, done);
      this.#onIdle = () => {
        if (idle()) done();
      };
      this.#onIdle();
    });
  }

  #close(): void {
    this.#closing = true;
    this.#watch.stop();
    this.#runner.lingering.forget();
    this.#giveUpRegistering?.();
    this.#connection.close();
  }

  #register(): void {
    const { name, queues, concurrency, handlers } = this.#options;
    const request: Register = {
      name,
      concurrency,
      types: [...handlers.types],
      definitions: handlers.workflows.map((workflow) => `${workflow.id}@${workflow.version}`),
      ...(queues !== undefined && { queues: [...queues] }),
      ...(this.#session !== undefined && { session: this.#session, holds: this.#holds() }),
    };
    this.#registeredAt = this.#leaseClock.now();
    this.#connection.send(JSON.stringify({ kind: 'register', ...request }));
    this.#giveUpRegistering = this.#clock.after(registerWithinMs, () => this.#connection.abandon());
  }

  #disconnected(reason: string): void {
    const reported = this.#session !== undefined && !this.#live;
    if (!this.#closing && !reported) this.#options.log.warn('not connected', { reason });
    this.#live = false;
    this.#revokeRef = undefined;
    this.#giveUpRegistering?.();
    this.#watch.disconnected();
  }

  /** Text that is no frame comes from something between here and the server: the next connection may be better. */
  #receive(text: string): void {
    try {
      this.#take(JSON.parse(text) as ServerFrame);
    } catch (error) {
      this.#options.log.error('what came from the server cannot be read', { error });
      this.#connection.abandon();
    }
  }

  #take(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'deliver':
        return this.#deliver(frame);
      case 'settled':
        this.#reports.settled(frame.ref);
        return this.#watchTurn();
      case 'heartbeat':
        this.#watch.answered(frame.ref);
        if (frame.ref === this.#revokeRef) this.#revokeRef = undefined;
        this.#watchTurn();
        return this.#lose(frame.lost, 'not in force any more');
      case 'lost':
        return this.#lose(frame.leases, frame.reason);
      case 'registered':
        return this.#registered(frame);
      case 'error':
        return this.#refused(frame);
    }
  }

  #registered(frame: Frame<'registered'>): void {
    this.#giveUpRegistering?.();
    this.#connection.established();
    const isRenewed = this.#session !== undefined && this.#session !== frame.session;
    this.#session = frame.session;
    this.#live = true;
    this.#received = 0;
    this.#granted = 0;
    this.#lose(frame.lost, 'not in force any more');
    this.#reports.reconnected();
    this.#watch.registered(frame, this.#registeredAt);
    this.#options.log.info('registered', { session: frame.session, worker: this.#options.name });
    this.#ready.resolve();
    if (isRenewed) this.#options.renewed?.();
    this.#watchTurn();
  }

  #deliver(frame: Frame<'deliver'>): void {
    for (const delivery of frame.deliveries) {
      this.#received = Math.max(this.#received, delivery.n);
      if (this.#runner.has(delivery.lease) || this.#reports.has(delivery.lease)) continue;
      if (this.#drained === undefined) this.#runner.begin(delivery);
      else this.#runner.decline(delivery);
    }
    this.#watchTurn();
  }

  #lose(leases: readonly string[], reason: string): void {
    if (leases.length === 0) return;
    this.#runner.lost(leases, reason);
    this.#reports.lost(leases);
    this.#watchTurn();
  }

  #expired(): void {
    if (this.#runner.size === 0) return;
    this.#options.log.warn('leases may have expired, handlers are aborted', { attempts: this.#runner.size });
    this.#runner.expired();
  }

  #refused(frame: Frame<'error'>): void {
    const isPassing = frame.ref === undefined && !this.#live && passing.includes(frame.code);
    // It is reported as not connected, once, and tries until it is.
    if (!isPassing) this.#options.log.error('the server refused a frame', { code: frame.code, message: frame.message });
    if (frame.ref !== undefined) this.#reports.refused(frame.ref, frame.code, frame.message);
    else if (isPassing) this.#connection.abandon();
    else if (!this.#live) this.fail(new TaskFlowError(frame.code, `the server refused the worker: ${frame.message}`));
    this.#watchTurn();
  }

  #heartbeat(ref: number): object {
    const occupied = this.#runner.lingering.size;
    const holds = this.#holds();
    return { kind: 'heartbeat', ref, holds, received: this.#received, ...(occupied > 0 && { occupied }) };
  }

  #holds(): string[] {
    return [...this.#runner.leases(), ...this.#reports.leases()];
  }

  #send(frame: object): void {
    if (this.#live) this.#connection.send(JSON.stringify(frame));
  }

  #watchTurn(): void {
    if (this.#turnIsWatched) return;
    this.#turnIsWatched = true;
    setImmediate(() => this.#turnEnded());
  }

  #turnEnded(): void {
    this.#turnIsWatched = false;
    this.#runner.turnEnded();
    if (this.#live) {
      for (const frame of this.#reports.frames()) this.#connection.send(frame);
      this.#grant();
      this.#sendProgress();
    }
    this.#onIdle?.();
  }

  #grant(): void {
    if (this.#drained !== undefined || this.#reports.unsettled > maxUnsettled) return;
    const upTo = this.#received + this.#options.concurrency - this.#runner.busy;
    if (upTo <= this.#granted) return;
    this.#granted = upTo;
    this.#send({ kind: 'credit', upTo });
  }

  /** The first at once, then at most one frame per interval with the latest of each attempt. */
  #sendProgress(): void {
    if (this.#progressHeld) return;
    const items = this.#runner.takeProgress();
    if (items.length === 0) return;
    for (let from = 0; from < items.length; from += 1_000) {
      this.#send({ kind: 'progress', items: items.slice(from, from + 1_000) });
    }
    this.#progressHeld = true;
    this.#clock.after(progressEveryMs, () => {
      this.#progressHeld = false;
      this.#watchTurn();
    });
  }
}
