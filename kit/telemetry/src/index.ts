export type { Counter, Gauge, Histogram, Registry } from 'prom-client';
export type { LogDestination } from './log-destination.ts';
export { type Log, type LogFields, type LogFormat, type LogLevel, logLevels } from './log.ts';
export type { GaugeOptions, HistogramOptions, MetricOptions } from './metrics.ts';
export { createTelemetry, silentTelemetry, type Telemetry } from './telemetry.ts';
