import { type Register, type ServerFrame, subprotocol, workerFrame } from '@taskflow/contracts-worker-protocol';
import type { SocketRoute } from '@taskflow/kit-http';
import { parseStrictItems } from '@taskflow/kit-json';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import type { WebSocket } from 'ws';
import type { Heartbeat } from '../application/commands/renew-session.ts';
import { RegistrationError } from '../application/commands/register-worker.ts';
import type { ReportStatus } from '../application/ports/ledger-result.ts';
import type { Delivery, WorkerConnection } from '../application/ports/worker-connection.ts';
import type { WorkerSession } from '../domain/worker-session.ts';
import { capabilitiesOf } from './capabilities.ts';
import { deliveryLists } from './delivery-text.ts';
import { SocketFlow } from './socket-flow.ts';
import { reportOnce } from './report-once.ts';
import type { WorkerApi } from './worker-api.ts';
import {
  outcomesOf,
  type ReadReports,
  type ReportedItems,
  readCompletions,
  readFailures,
  readProgress,
  supersededIn,
  weighed,
} from './worker-reports.ts';

/** Items of one frame. */
const maxItems = 1_000;
const registerWithinMs = 10_000;
const maxPauseMs = 1_000;

const closeCodes = { replaced: 4001, 'session-lost': 4002, stopping: 1012, forgotten: 1012 } as const;
const closeUnreadable = 1008;
const closeTryLater = 1013;
/** A worker that closes like this says goodbye; any other end may be a broken line, and the worker comes back. */
const closeNormal = 1000;

export function createWorkerSocketRoute(api: WorkerApi): SocketRoute {
  const shared = { unsent: 0, answering: 0 };
  const reported = createReports(api);
  const { bounds } = api;
  return {
    path: '/api/v1/worker',
    subprotocol,
    maxPayload: bounds.frameBytes,
    maxSockets: bounds.sockets,
    inbound: { unadmitted: bounds.unadmittedBytes, unanswered: bounds.unansweredBytes },
    accept: (socket, request) => {
      const flow = new SocketFlow({ socket, request, clock: api.clock, shared, bounds });
      new WorkerSocket(socket, { ...api, reported }, flow, request.admit).listen();
    },
  };
}

/** What fails for one worker mostly fails for all, and each tries again: the log is told once for all of them. */
function createReports({ clock, log }: WorkerApi) {
  return {
    registering: reportOnce('workers could not be registered', clock, log),
    renewing: reportOnce('heartbeats could not be recorded', clock, log),
    settling: reportOnce('reports of workers could not be written', clock, log),
  };
}

interface SocketApi extends WorkerApi {
  readonly reported: ReturnType<typeof createReports>;
}

interface ReportFrame extends ReportedItems {
  readonly kind: 'complete' | 'fail' | 'progress';
  /** Of all but progress. */
  readonly ref: number;
}

/** One connection of a worker: frames in, frames out. */
class WorkerSocket implements WorkerConnection {
  readonly #socket: WebSocket;
  readonly #api: SocketApi;
  #session: WorkerSession | undefined;
  #registering = false;
  readonly #flow: SocketFlow;
  readonly #admit: () => void;
  #wasCongested = false;

  constructor(socket: WebSocket, api: SocketApi, flow: SocketFlow, admit: () => void) {
    this.#socket = socket;
    this.#api = api;
    this.#flow = flow;
    this.#admit = admit;
  }

  listen(): void {
    const cancel = this.#api.clock.after(registerWithinMs, () => {
      if (!this.#session) this.#refuse('register_expected', 'The first frame must be "register".');
    });
    this.#socket.on('message', (data) => this.#flow.take(data as Buffer, (frame) => this.#read(frame)));
    // The close event that follows does what is to be done.
    this.#socket.on('error', (error) => this.#api.log.debug({ err: error }, 'a worker connection broke'));
    this.#socket.on('close', (code) => {
      cancel();
      this.#closed(code);
    });
  }

  get congested(): boolean {
    const congested = this.#socket.readyState !== this.#socket.OPEN || this.#flow.isCongested;
    this.#wasCongested ||= congested;
    return congested;
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const list of deliveryLists(deliveries, this.#api.bounds))
      this.#send(`{"kind":"deliver","deliveries":${list}}`);
  }

  /** A heartbeat lists what is held and what was received, and takes the rest back. */
  unconfirmedFor(): readonly string[] {
    return [];
  }

  reportLost(leases: readonly string[], reason: string): void {
    this.#sendFrame({ kind: 'lost', leases: [...leases], reason });
  }

  close(reason: keyof typeof closeCodes): void {
    this.#socket.close(closeCodes[reason], reason);
  }

  /** Gives what ends when the frame is answered, where that takes time. */
  #read(data: Buffer): Promise<void> | undefined {
    const text = parseStrictItems(data, 'items');
    if (!text.ok) return this.#refuse(text.refusal.code, text.refusal.detail);
    const reports = reportFrameOf(text.value, text.refusedItems);
    if (reports) return reports.kind === 'progress' ? this.#progress(reports) : this.#settle(reports);
    const frame = workerFrame.safeParse(text.value);
    if (!frame.success) return this.#refuse('invalid_frame', 'A frame does not have the form of the protocol.');
    switch (frame.data.kind) {
      case 'register':
        return this.#register(frame.data);
      case 'credit':
        return this.#credit(frame.data.upTo);
      case 'heartbeat':
        return this.#heartbeat(frame.data);
      // Read above.
      case 'progress':
      case 'complete':
      case 'fail':
        return undefined;
    }
  }

  async #register(frame: Register): Promise<void> {
    if (this.#registering) return this.#refuse('registered_already', 'A connection registers once.');
    this.#registering = true;
    const resume = frame.session === undefined ? undefined : { session: frame.session, holds: frame.holds ?? [] };
    try {
      const capabilities = capabilitiesOf(frame, this.#api.tenantId);
      const { session, lost } = await this.#api.register({ capabilities, resume });
      this.#api.reported.registering.done();
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      this.#session = session;
      this.#admit();
      this.#api.registry.connect(session, this);
      const { leaseMs, heartbeatMs } = this.#api;
      this.#sendFrame({ kind: 'registered', session: session.id, leaseMs, heartbeatMs, lost: [...lost] });
    } catch (error) {
      if (error instanceof RegistrationError) return this.#refuse(error.code, error.message);
      this.#api.reported.registering.failed(error);
      if (error instanceof OverloadedError) return this.#refuse('overloaded', error.message, closeTryLater);
      this.#refuse('unavailable', 'The worker cannot be registered now; connect again later.', closeTryLater);
    }
  }

  #credit(upTo: number): undefined {
    if (!this.#session) return this.#refuse('register_expected', 'The first frame must be "register".');
    this.#session.grant(upTo);
    this.#api.dispatcher.creditChanged(this.#session);
  }

  async #heartbeat(frame: Heartbeat & { ref: number }): Promise<void> {
    const session = this.#session;
    if (!session) return this.#refuse('register_expected', 'The first frame must be "register".');
    try {
      const { lost } = await this.#api.renew(session, { ...frame, occupied: frame.occupied ?? 0 });
      this.#api.reported.renewing.done();
      this.#sendFrame({ kind: 'heartbeat', ref: frame.ref, lost });
    } catch (error) {
      // No answer: to the worker this heartbeat failed, and its own watchdog goes on counting.
      this.#api.reported.renewing.failed(error);
    }
  }

  async #settle(frame: ReportFrame): Promise<void> {
    if (!this.#session) return this.#refuse('register_expected', 'The first frame must be "register".');
    const { tenantId } = this.#api;
    const readReports = frame.kind === 'complete' ? readCompletions : readFailures;
    const { reports: read, unreadable } = readReports(frame, tenantId);
    const reports = weighed(read, this.#session);
    this.#reportUnreadable(unreadable, frame.ref);
    this.#session.reporting(reports.map(({ lease }) => lease));
    const statuses = await this.#settleUntilKnown(reports);
    if (statuses) this.#answer(frame.ref, reports, statuses);
  }

  #progress(frame: ReportedItems): undefined {
    if (!this.#session) return this.#refuse('register_expected', 'The first frame must be "register".');
    const { reports, unreadable } = readProgress(frame, this.#api.tenantId);
    this.#reportUnreadable(unreadable);
    this.#api.progress.report(reports);
  }

  #reportUnreadable(places: readonly number[], ref?: number): void {
    if (places.length === 0) return;
    const message = `Items ${places.slice(0, 20).join(', ')} of the frame cannot be read. The others count.`;
    this.#sendFrame({ kind: 'error', code: 'invalid_report', message, ref });
  }

  #answer(ref: number, reports: ReadReports['reports'], statuses: readonly ReportStatus[]): void {
    const outcomes = outcomesOf(reports, statuses);
    if (this.#session) this.#api.dispatcher.superseded(this.#session, supersededIn(outcomes));
    this.#sendFrame({ kind: 'settled', ref, outcomes });
  }

  /** Repeats while the database is away and the worker is there: a report must not get lost between the two. */
  async #settleUntilKnown(reports: ReadReports['reports']): Promise<readonly ReportStatus[] | undefined> {
    while (reports.length > 0) {
      try {
        const statuses = await this.#api.settle(reports);
        this.#api.reported.settling.done();
        return statuses;
      } catch (error) {
        const isPassing = error instanceof OverloadedError || error instanceof UnavailableError;
        this.#api.reported.settling.failed(error);
        await this.#api.clock.sleep(isPassing ? Math.min(error.retryAfterMs, maxPauseMs) : maxPauseMs);
        // The worker has its reports still, and sends them again when it is back.
        if (this.#socket.readyState !== this.#socket.OPEN) return undefined;
      }
    }
    return [];
  }

  #closed(code: number): void {
    const session = this.#session;
    const api = this.#api;
    if (!session || !api.registry.disconnect(session, this)) return;
    if (code === closeNormal) api.endSession(session);
  }

  #refuse(code: string, message: string, closeCode = closeUnreadable): undefined {
    this.#sendFrame({ kind: 'error', code, message });
    this.#socket.close(closeCode, code);
  }

  #sendFrame(frame: ServerFrame): void {
    this.#send(JSON.stringify(frame));
  }

  #send(text: string): void {
    this.#flow.send(text, this.#sent);
  }

  readonly #sent = (): void => {
    if (!this.#wasCongested || this.congested) return;
    this.#wasCongested = false;
    if (this.#session) this.#api.dispatcher.creditChanged(this.#session);
  };
}

/** Items are read one by one, so that a bad one costs nothing but itself; all other frames by their schema. */
function reportFrameOf(frame: unknown, refused: ReportedItems['refused']): ReportFrame | undefined {
  if (frame === null || typeof frame !== 'object') return undefined;
  const { kind, ref, items } = frame as Record<string, unknown>;
  if (!Array.isArray(items) || items.length > maxItems) return undefined;
  if (kind === 'progress') return { kind, ref: 0, items, refused };
  if ((kind !== 'complete' && kind !== 'fail') || !Number.isSafeInteger(ref)) return undefined;
  return { kind, ref: ref as number, items, refused };
}
