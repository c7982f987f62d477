import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricOptions {
  /** Prometheus name: base units, `_total` for counters, `_seconds` and `_bytes` for measures. */
  name: string;
  help: string;
  /** Low-cardinality names only: never an id, never a tenant. */
  labelNames?: readonly string[];
}

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, ascending; durations from 0.5 ms to 60 s unless told. */
  buckets?: readonly number[];
}

export interface GaugeOptions extends MetricOptions {
  /** Called at every scrape, to set the value then. */
  collect?: (gauge: Gauge) => void | Promise<void>;
}

export interface Metrics {
  readonly registry: Registry;
  counter(options: MetricOptions): Counter;
  gauge(options: GaugeOptions): Gauge;
  histogram(options: HistogramOptions): Histogram;
}

const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Get-or-create by name on one own registry, never on the global one: two platforms in one process stay apart. */
export function createMetrics(registry: Registry = new Registry()): Metrics {
  const registers = [registry];
  return {
    registry,
    counter: ({ name, help, labelNames = [] }) =>
      existing(registry, name, Counter) ?? new Counter({ name, help, labelNames: [...labelNames], registers }),
    gauge: ({ name, help, labelNames = [], collect }) =>
      existing(registry, name, Gauge) ??
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        ...(collect && {
          collect() {
            return collect(this);
          },
        }),
      }),
    histogram: ({ name, help, labelNames = [], buckets = durationBuckets }) =>
      existing(registry, name, Histogram) ??
      new Histogram({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers }),
  };
}

function existing<M>(registry: Registry, name: string, kind: new (...options: never[]) => M): M | undefined {
  const metric: unknown = registry.getSingleMetric(name);
  if (metric === undefined) return undefined;
  if (metric instanceof kind) return metric;
  throw new TypeError(`metric ${name} exists already and is no ${kind.name}`);
}
