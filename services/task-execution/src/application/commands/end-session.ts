import type { Log } from '@taskflow/kit-telemetry';
import type { WorkerSession } from '../../domain/worker-session.ts';
import type { WorkerRegistry } from '../dispatch/worker-registry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { handBack } from './hand-back.ts';
import type { SettleAttempts } from './settle-attempts.ts';

export interface EndSessionDependencies {
  readonly ledger: Ledger;
  readonly settle: SettleAttempts;
  readonly registry: WorkerRegistry;
  readonly log: Log;
}

/**
 * A worker said goodbye: it runs nothing any more, so what the service thinks that it holds is requeued without
 * costing an attempt, and its session ends. Nobody waits for it; a session that could not be ended expires.
 */
export function createEndSession({ ledger, settle, registry, log }: EndSessionDependencies) {
  return (session: WorkerSession): void => {
    handBack({ settle, log }, [...session.leases.values()]);
    registry.forget(session);
    ledger.submit({ kind: 'end-session', session: session.id }).catch((error: unknown) => {
      log.debug({ err: error, workerId: session.id }, 'a session could not be ended; it will expire');
    });
  };
}
