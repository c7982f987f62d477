import { Duty } from '@taskflow/kit-lifecycle';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';

/** Tells the log when something begins to fail, when the reason changes, and when it goes well again. */
export function reportOnce(what: string, clock: Clock, log: Log) {
  const duty = new Duty(clock);
  return {
    failed(error: unknown): void {
      if (duty.failed(error)) log.warn({ err: error }, what);
    },
    done(): void {
      const failures = duty.done();
      if (failures > 0) log.info({ failures }, `${what}; it goes well again`);
    },
  };
}
