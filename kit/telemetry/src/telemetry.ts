import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createLog, type Log, type LogFields, type LogOptions } from './log.ts';
import {
  createMetrics,
  type GaugeOptions,
  type HistogramOptions,
  type MetricOptions,
  type Metrics,
} from './metrics.ts';

/** The means by which a component is seen from outside: a log that knows who speaks, and one registry of metrics. */
export interface Telemetry {
  /** Who speaks. */
  readonly service: string;
  readonly log: Log;
  readonly metrics: Registry;
  /** The same metrics, and a log whose lines carry these fields too. `service` renames the speaker. */
  child(fields: LogFields): Telemetry;
  /** Each gives the metric of that name, made at the first call. */
  counter(options: MetricOptions): Counter;
  gauge(options: GaugeOptions): Gauge;
  histogram(options: HistogramOptions): Histogram;
}

export function createTelemetry(options: LogOptions): Telemetry {
  return compose(createLog(options), { service: options.service }, createMetrics());
}

/** Counts as always and writes nothing. */
export function silentTelemetry(): Telemetry {
  return createTelemetry({ service: 'silent', level: 'silent', format: 'json' });
}

/** Children are made from the root with all fields at once: a field given twice is printed once, with its last value. */
function compose(root: Log, fields: LogFields & { service: string }, metrics: Metrics): Telemetry {
  return {
    service: fields.service,
    log: root.child(fields),
    metrics: metrics.registry,
    child: (added) => compose(root, { ...fields, ...added }, metrics),
    counter: metrics.counter,
    gauge: metrics.gauge,
    histogram: metrics.histogram,
  };
}
