import type { Telemetry } from '@taskflow/kit-telemetry';

export interface LoopMeter {
  ran(ms: number, items: number): void;
  failed(ms: number): void;
}

/** Counts the runs of one loop and what they come to. */
export function createLoopMeter(telemetry: Telemetry, loop: string): LoopMeter {
  const labelNames = ['service', 'loop'];
  const labels = { service: telemetry.service, loop };
  const durations = telemetry
    .histogram({
      name: 'background_run_duration_seconds',
      help: 'Time of a run of a background loop; its count is that of all runs, those that failed among them.',
      labelNames,
      buckets: [0.001, 0.01, 0.1, 1, 10, 60],
    })
    .labels(labels);
  const found = telemetry
    .counter({ name: 'background_items_total', help: 'What the runs of a background loop dealt with.', labelNames })
    .labels(labels);
  const failures = telemetry
    .counter({ name: 'background_failures_total', help: 'Runs of a background loop that failed.', labelNames })
    .labels(labels);
  return {
    ran(ms, items) {
      durations.observe(ms / 1_000);
      found.inc(items);
    },
    failed(ms) {
      durations.observe(ms / 1_000);
      failures.inc();
    },
  };
}
