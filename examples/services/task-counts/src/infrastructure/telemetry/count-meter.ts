import type { Telemetry } from '@taskflow/kit-telemetry';
import type { CountMeter } from '../../application/ports/count-meter.ts';

export function createCountMeter(telemetry: Telemetry): CountMeter {
  const counted = telemetry.counter({ name: 'completions_counted_total', help: 'Completed tasks that were counted.' });
  return { counted: (tasks) => counted.inc(tasks) };
}
