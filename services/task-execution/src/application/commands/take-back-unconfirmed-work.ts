import { createLoop, type Loop, type LoopDependencies } from '@taskflow/kit-resilience';
import type { WorkerRegistry } from '../dispatch/worker-registry.ts';
import { handBack } from './hand-back.ts';
import type { SettleAttempts } from './settle-attempts.ts';

const intervalMs = 500;

export interface TakeBackDependencies extends LoopDependencies {
  readonly registry: WorkerRegistry;
  readonly settle: SettleAttempts;
  readonly leaseMs: number;
}

/**
 * Requeues, without costing an attempt, what was dispatched a lease ago and of which its worker, which is heard
 * still, never showed any knowledge: the answer that carried it got lost, and a worker that goes on asking would keep
 * its session, and with it the lease, for ever.
 */
export function createTakeBackLoop(deps: TakeBackDependencies): Loop {
  const { registry, settle, telemetry, leaseMs } = deps;

  async function run(): Promise<number> {
    const leases = registry.unconfirmedFor(leaseMs);
    handBack({ settle, log: telemetry.log }, leases);
    return leases.length;
  }

  return createLoop({ name: 'take-back', intervalMs, deadlineMs: 10_000, run }, deps);
}
