import pino from 'pino';
import type { LogDestination } from './log-destination.ts';
import { prettyDestination } from './pretty-log.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFormat = 'json' | 'pretty';

/** Well-known fields keep one spelling everywhere, so that one search finds a task in the logs of every service. */
export interface LogFields {
  requestId?: string;
  taskId?: string;
  workflowId?: string;
  workerId?: string;
  traceparent?: string;
  /** The error that is told of; printed with its code, message and stack. */
  err?: unknown;
  [field: string]: unknown;
}

interface LogMethod {
  (message: string): void;
  (fields: LogFields, message: string): void;
}

export interface Log {
  trace: LogMethod;
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  fatal: LogMethod;
  /** Whether a line of this level would be written: asks before an expensive field is made. */
  isLevelEnabled(level: LogLevel): boolean;
  child(fields: LogFields): Log;
}

export interface LogOptions {
  /** Printed with every line as `service`. */
  service: string;
  level: LogLevel;
  format: LogFormat;
  destination?: LogDestination;
}

/** Values under these names never reach a log, at the top of a line or one level below. */
const secretNames = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'secretKey',
  'token',
  'apiKey',
  'connectionString',
];

/** Makes a log that writes one line per message. JSON for machines, `pretty` for a person at a terminal. */
export function createLog(options: Omit<LogOptions, 'service'>): Log {
  const destination = options.destination ?? process.stdout;
  const level = options.level;
  const sink = options.format === 'pretty' ? prettyDestination(destination) : destination;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    sink,
  );
}
