import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { WireBounds } from '../application/bounds.ts';
import type { RegisterWorker } from '../application/commands/register-worker.ts';
import type { RenewSession, SignOfLife } from '../application/commands/renew-session.ts';
import type { ProgressReporting } from '../application/commands/report-progress.ts';
import type { SettleAttempts } from '../application/commands/settle-attempts.ts';
import type { Dispatch } from '../application/dispatch/dispatch.ts';
import type { SessionStore } from '../application/ports/session-store.ts';
import type { WorkerSession } from '../domain/worker-session.ts';

/** What both forms of the worker protocol call. */
export interface WorkerApi {
  readonly dispatch: Dispatch;
  readonly register: RegisterWorker;
  readonly renew: RenewSession;
  readonly showSignOfLife: SignOfLife;
  readonly settle: SettleAttempts;
  readonly progress: ProgressReporting;
  readonly sessions: SessionStore;
  /** The worker said goodbye and runs nothing any more. */
  readonly leave: (session: WorkerSession) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly tenantId: string;
  readonly bounds: WireBounds;
}
