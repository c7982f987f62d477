import { Problem } from '@taskflow/kit-http';
import { WorkerSession } from '../domain/worker-session.ts';
import { PollingConnection } from './polling-connection.ts';
import type { WorkerApi } from './worker-api.ts';

/** A claim that does not want to wait still gives waiting work the time to be handed over. */
const handOverMs = 1_000;

/** Workers that ask by HTTP: each call finds its session again, also after a restart of the service. */
export class PollingWorkers {
  private readonly api: WorkerApi;

  constructor(api: WorkerApi) {
    this.api = api;
  }

  connect(session: WorkerSession): PollingConnection {
    const present = this.api.dispatch.connectionOf(session.id);
    if (present instanceof PollingConnection) return present;
    if (present) {
      throw new Problem(409, { code: 'session_is_connected', detail: 'The worker is connected by WebSocket.' });
    }
    const connection = new PollingConnection(this.api.clock);
    this.api.dispatch.connect(session, connection);
    return connection;
  }

  /** At most `most` deliveries; waits up to `waitMs` for the first. */
  async claim(id: string, most: number, waitMs: number, signal: AbortSignal) {
    const { api } = this;
    const session = await this.sessionOf(id);
    const connection = this.connect(session);
    if (!(await api.showSignOfLife(session))) throw sessionLost();
    // No more than it has slots for: whoever asks by HTTP reports before it asks again.
    session.grantMore(Math.min(most, Math.max(0, session.capabilities.concurrency - session.leases.size)));
    api.dispatch.creditChanged(session);
    const mayGet = api.dispatch.backlogs.anyFor((lane) => session.serves(lane));
    const patienceMs = Math.max(waitMs, mayGet ? handOverMs : 0);
    const deliveries = await this.keepingAlive(session, connection.take(most, patienceMs, signal));
    // What is not taken by this answer waits for the next call; nothing new is handed over until then.
    session.grantMore(0);
    return deliveries;
  }

  /** Leases that the worker no longer has. */
  async heartbeat(id: string, holds: readonly string[], received: number): Promise<string[]> {
    const session = await this.sessionOf(id);
    this.connect(session);
    const { lost, gone } = await this.api.renew(session, { holds, received });
    if (gone) throw sessionLost();
    return lost;
  }

  private async sessionOf(id: string): Promise<WorkerSession> {
    const { dispatch, sessions, clock } = this.api;
    const known = dispatch.pool.get(id);
    if (known) return known;
    const stored = await sessions.find(id);
    if (!stored) throw sessionLost();
    const leases = await sessions.leasesOf(id);
    // Two calls may have looked at the same time.
    const meanwhile = dispatch.pool.get(id);
    if (meanwhile) return meanwhile;
    const session = new WorkerSession(id, stored.capabilities, stored.createdAt, clock.monotonic());
    for (const lease of leases) dispatch.announcements.add(session.restore(lease, lease.generation, clock.monotonic()));
    dispatch.pool.add(session);
    return session;
  }

  /**
   * An open claim is a sign of life for as long as the worker holds nothing. One that runs tasks has to beat: a frozen
   * process keeps its request open too, and its tasks must be rescued all the same.
   */
  private async keepingAlive<T>(session: WorkerSession, taken: Promise<T>): Promise<T> {
    const { clock, heartbeatMs, showSignOfLife } = this.api;
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

function sessionLost(): Problem {
  return new Problem(409, {
    code: 'session_lost',
    detail: 'The worker session does not exist (any more). Abort what it held, and register again.',
  });
}
