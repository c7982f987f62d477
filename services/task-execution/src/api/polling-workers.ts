import type { workerHttp } from '@taskflow/contracts-worker-protocol';
import { Problem } from '@taskflow/kit-http';
import type { z } from 'zod';
import type { WorkerSession } from '../domain/worker-session.ts';
import { PollingConnection } from './polling-connection.ts';
import type { Heartbeat } from '../application/commands/renew-session.ts';
import type { Delivery } from '../application/ports/worker-connection.ts';
import type { WorkerApi } from './worker-api.ts';

type ClaimRequest = z.infer<typeof workerHttp.claimRequest>;

export interface Claimed {
  readonly deliveries: readonly Delivery[];
  /** Of the leases that the worker named: those that it no longer has. */
  readonly lost: readonly string[] | undefined;
}

/** A claim that does not want to wait still gives waiting work the time to be dispatched. */
const dispatchMs = 1_000;

/** Workers that ask by HTTP: each call finds its session again, also after a restart of the service. */
export class PollingWorkers {
  readonly #api: WorkerApi;

  constructor(api: WorkerApi) {
    this.#api = api;
  }

  connect(session: WorkerSession): PollingConnection {
    const present = this.#api.registry.connectionOf(session.id);
    if (present instanceof PollingConnection) {
      if (present.session === session) return present;
    } else if (present) {
      throw new Problem(409, { code: 'session_is_connected', detail: 'The worker is connected by WebSocket.' });
    }
    const connection = new PollingConnection(this.#api.clock, session, this.#api.bounds);
    this.#api.registry.connect(session, connection);
    return connection;
  }

  /**
   * At most `max` deliveries; waits up to `waitMs` for the first. With `holds` it is a heartbeat, too, and tells what
   * is lost.
   */
  async claim({ session: id, max, waitMs = 0, holds }: ClaimRequest, signal: AbortSignal): Promise<Claimed> {
    const api = this.#api;
    const session = await this.#sessionOf(id);
    const connection = this.connect(session);
    const lost = holds && (await this.#renewed(session, connection, { holds, received: 0 }));
    if (!holds && !(await api.showSignOfLife(session))) throw sessionLost();
    const mayGet = api.backlog.anyFor((partition) => session.serves(partition));
    const patienceMs = Math.max(waitMs, mayGet ? dispatchMs : 0);
    if (connection.openClaims >= api.bounds.openClaims) throw tooManyClaims(connection.openClaims);
    const taken = this.#keepingAlive(session, connection.take(max, patienceMs, signal));
    this.#grant(session, connection);
    const deliveries = await taken;
    // What is not taken by this answer waits for the next call, and is for the other open claims.
    this.#grant(session, connection);
    return { deliveries, lost };
  }

  /** The credit of a session that polls is what its open claims would take. */
  #grant(session: WorkerSession, connection: PollingConnection): void {
    session.grantMore(connection.wanted);
    this.#api.dispatcher.creditChanged(session);
  }

  /** Leases that the worker no longer has. */
  async heartbeat(id: string, heartbeat: Heartbeat): Promise<string[]> {
    const session = await this.#sessionOf(id);
    return this.#renewed(session, this.connect(session), { occupied: 0, ...heartbeat });
  }

  async #renewed(session: WorkerSession, connection: PollingConnection, heartbeat: Heartbeat) {
    connection.heardOf(heartbeat.holds);
    const { lost, gone } = await this.#api.renew(session, heartbeat);
    if (gone) throw sessionLost();
    return lost;
  }

  /** The worker reports about these leases: it has them, and those that ended fill no slot any more. */
  heardOf(id: string, leases: readonly string[], ended: boolean): void {
    const { pool, registry } = this.#api;
    const connection = registry.connectionOf(id);
    if (connection instanceof PollingConnection) connection.heardOf(leases);
    if (ended) pool.get(id)?.reporting(leases);
  }

  async #sessionOf(id: string): Promise<WorkerSession> {
    const session = await this.#api.resume.find(id);
    if (!session) throw sessionLost();
    return session;
  }

  /**
   * An open claim is a sign of life for as long as the worker holds nothing. One that runs tasks has to beat: a frozen
   * process keeps its request open too, and its tasks must be rescued all the same.
   */
  async #keepingAlive<T>(session: WorkerSession, taken: Promise<T>): Promise<T> {
    const { clock, heartbeatMs, showSignOfLife } = this.#api;
    let isTaken = false;
    let cancel = () => {};
    const beat = () => {
      if (isTaken || session.leases.size > 0) return;
      showSignOfLife(session).catch(() => undefined);
      cancel = clock.after(heartbeatMs, beat);
    };
    cancel = clock.after(heartbeatMs, beat);
    try {
      return await taken;
    } finally {
      isTaken = true;
      cancel();
    }
  }
}

function tooManyClaims(open: number): Problem {
  return new Problem(429, {
    code: 'too_many_claims',
    detail: `The session has ${open} claims open. Ask for more with one claim instead of with many.`,
    headers: { 'retry-after': '1' },
    retryable: true,
  });
}

function sessionLost(): Problem {
  return new Problem(409, {
    code: 'session_lost',
    detail: 'The worker session does not exist (any more). Abort what it held, and register again.',
  });
}
