import type { Log } from '@taskflow/kit-telemetry';
import type { WeighedLease } from '../../domain/work.ts';
import type { SettleAttempts } from './settle-attempts.ts';

const notHeld = { code: 'released', message: 'The worker does not hold this attempt.' };

/**
 * Requeues attempts that their worker does not hold, without costing the attempt. Nobody waits for it: what
 * could not be given back now is found again by the next heartbeat or look.
 */
export function handBack(deps: { settle: SettleAttempts; log: Log }, leases: readonly WeighedLease[]): void {
  if (leases.length === 0) return;
  const reports = leases.map(({ tenantId, taskId, lease, bytes }) => ({
    tenantId,
    taskId,
    lease,
    outcome: 'failed' as const,
    class: 'released' as const,
    error: notHeld,
    held: bytes,
  }));
  deps.settle(reports).catch((error: unknown) => {
    deps.log.warn({ err: error, leases: leases.length }, 'attempts that nobody holds could not be given back yet');
  });
}
