import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { WorkerRegistry } from '../dispatch/worker-registry.ts';
import { handBack } from './hand-back.ts';
import type { SettleAttempts } from './settle-attempts.ts';

const intervalMs = 500;

export interface TakeBackDependencies {
  readonly registry: WorkerRegistry;
  readonly settle: SettleAttempts;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
}

/**
 * Puts back in line, without costing an attempt, what was handed over a lease ago and of which its worker, which is heard
 * still, never showed any knowledge: the answer that carried it got lost, and a worker that goes on asking would keep its
 * session, and with it the lease, for ever.
 */
export function createTakeBackLoop({ registry, settle, clock, log, leaseMs }: TakeBackDependencies): Loop {
  return createLoop({
    name: 'take-back',
    intervalMs,
    clock,
    log,
    deadlineMs: 10_000,
    run() {
      handBack({ settle, log }, registry.unconfirmedFor(leaseMs));
      return Promise.resolve();
    },
  });
}
