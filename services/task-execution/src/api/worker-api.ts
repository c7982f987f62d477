import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { WireBounds } from '../application/bounds.ts';
import type { RegisterWorker } from '../application/commands/register-worker.ts';
import type { RenewSession, SignOfLife } from '../application/commands/renew-session.ts';
import type { ProgressReporting } from '../application/commands/report-progress.ts';
import type { SettleAttempts } from '../application/commands/settle-attempts.ts';
import type { ResumeSession } from '../application/commands/resume-session.ts';
import type { Dispatcher } from '../application/dispatch/dispatcher.ts';
import type { WorkerRegistry } from '../application/dispatch/worker-registry.ts';
import type { Backlog } from '../domain/backlog.ts';
import type { WorkerPool } from '../domain/worker-pool.ts';
import type { WorkerSession } from '../domain/worker-session.ts';

/** The parts of the service that both forms of the worker protocol call. */
export interface WorkerApi {
  readonly pool: WorkerPool;
  readonly registry: WorkerRegistry;
  readonly backlog: Backlog;
  readonly dispatcher: Dispatcher;
  readonly register: RegisterWorker;
  readonly renew: RenewSession;
  readonly showSignOfLife: SignOfLife;
  readonly settle: SettleAttempts;
  readonly progress: ProgressReporting;
  readonly resume: ResumeSession;
  /** The worker said goodbye and runs nothing any more. */
  readonly endSession: (session: WorkerSession) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly tenantId: string;
  readonly bounds: WireBounds;
}
