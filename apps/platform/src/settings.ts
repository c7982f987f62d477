import {
  choice,
  defineSettings,
  durationBetween,
  type Environment,
  isLoopback,
  listenAddress,
  type Refusal,
  readSettings,
  type SettingProblem,
  SettingsError,
  type Settings,
  setting,
  urlOf,
  wholeNumber,
} from '@taskflow/kit-config';
import { logLevels } from '@taskflow/kit-telemetry';
import { z } from 'zod';

const databaseUrl = urlOf('postgres', 'postgresql').optional();

const laterVersion = 'it is not available in this version';
const unavailable = (fix: string): Refusal => ({ why: laterVersion, fix });

export const platformSettings = defineSettings({
  listen: setting({
    name: 'TASKFLOW_LISTEN',
    value: listenAddress,
    default: '127.0.0.1:7400',
    about:
      'Address and port of the API. Loopback only, because this version asks nobody for credentials. Port 0 takes a free one.',
    refuse: ({ host }) =>
      isLoopback(host)
        ? undefined
        : {
            why: 'anybody who reaches this address could do anything: credentials are not available in this version',
            fix: 'Listen on 127.0.0.1, and put a proxy that checks credentials in front.',
          },
  }),
  publicUrl: setting({
    name: 'TASKFLOW_PUBLIC_URL',
    value: urlOf('http', 'https').optional(),
    about:
      'Where people reach the API, when that differs from the listen address: printed at start, and taken as the `Host` of requests and the `Origin` of pages beside the loopback names.',
  }),
  dataDir: setting({
    name: 'TASKFLOW_DATA_DIR',
    value: z.string().min(1),
    default: '.taskflow',
    about: 'Directory of the embedded database. Not used with `TASKFLOW_DATABASE_URL`.',
  }),
  databaseUrl: setting({
    name: 'TASKFLOW_DATABASE_URL',
    value: databaseUrl,
    about:
      'PostgreSQL server (15 or newer) to use instead of the embedded one. A database per service is created in it.',
    secret: true,
  }),
  taskManagementDatabaseUrl: setting({
    name: 'TASKFLOW_TASK_MANAGEMENT_DATABASE_URL',
    value: databaseUrl,
    about: 'Database of task-management alone; it must exist.',
    secret: true,
  }),
  taskExecutionDatabaseUrl: setting({
    name: 'TASKFLOW_TASK_EXECUTION_DATABASE_URL',
    value: databaseUrl,
    about: 'Database of task-execution alone; it must exist.',
    secret: true,
  }),
  brokerUrl: setting({
    name: 'TASKFLOW_BROKER_URL',
    value: urlOf('memory', 'postgres', 'redis', 'amqp', 'kafka'),
    default: 'memory:',
    about: 'What carries events between services. Only `memory:` is available: all services in one process.',
    refuse: (url) => (url === 'memory:' ? undefined : unavailable('Use memory:, the default.')),
  }),
  services: setting({
    name: 'TASKFLOW_SERVICES',
    value: z.string(),
    default: 'all',
    about: 'Services of this process. Only `all` is available.',
    refuse: (names) => (names === 'all' ? undefined : unavailable('Use all, the default.')),
  }),
  auth: setting({
    name: 'TASKFLOW_AUTH',
    value: choice(['local', 'required']),
    default: 'local',
    about:
      'Whether callers need credentials. Only `local` is available: none needed, and nobody beyond this machine is listened to.',
    refuse: (mode) => (mode === 'local' ? undefined : unavailable('Use local, the default.')),
  }),
  secretKey: setting({
    name: 'TASKFLOW_SECRET_KEY',
    value: z.string().optional(),
    about: 'Key of stored secrets and of tokens. Not available: nothing is encrypted or signed yet.',
    secret: true,
    refuse: (key) => (key === undefined ? undefined : unavailable('Leave it out.')),
  }),
  leaseMs: setting({
    name: 'TASKFLOW_LEASE_MS',
    value: durationBetween(1_000, 3_600_000),
    default: '15000',
    about: 'How long a worker may be silent before its tasks run elsewhere. Milliseconds or a duration such as `15s`.',
  }),
  heartbeatMs: setting({
    name: 'TASKFLOW_HEARTBEAT_MS',
    value: durationBetween(100, 3_600_000),
    default: '5000',
    about: 'How often a worker gives a sign of life; at most half of the lease. Milliseconds or a duration.',
  }),
  queueMaxDepth: setting({
    name: 'TASKFLOW_QUEUE_MAX_DEPTH',
    value: wholeNumber(0, 1_000_000_000),
    default: '0',
    about: 'Most tasks that may wait in one queue; 0 is no limit. Only 0 is available.',
    refuse: (depth) => (depth === 0 ? undefined : unavailable('Use 0, the default.')),
  }),
  workflowMaxDescendants: setting({
    name: 'TASKFLOW_WORKFLOW_MAX_DESCENDANTS',
    value: wholeNumber(0, 1_000_000_000),
    default: '100000',
    about:
      'Most workflows that steps may start below one workflow, over all levels; a step that would start one more fails with `too_many_descendants`.',
  }),
  logLevel: setting({
    name: 'TASKFLOW_LOG_LEVEL',
    value: choice(logLevels),
    default: 'info',
    about: `How much is logged: ${logLevels.join(', ')}.`,
  }),
  logFormat: setting({
    name: 'TASKFLOW_LOG_FORMAT',
    value: choice(['json', 'pretty']),
    default: 'json',
    about: 'One JSON object per line, or `pretty` for a person.',
  }),
});

export type PlatformSettings = Settings<typeof platformSettings>;

/** Read by other programs of the family. */
const alsoKnown = ['TASKFLOW_URL', 'TASKFLOW_API_KEY', 'TASKFLOW_TEST_POSTGRES'];

/** Throws a `SettingsError` with everything that is wrong. `flags` are values by the setting's name; they win. */
export function readPlatformSettings(
  env: Environment,
  flags: Environment = {},
): { settings: PlatformSettings; warnings: readonly string[] } {
  const problems = [...telemetryProblems(env)];
  try {
    const read = readSettings({ schema: platformSettings, env, flags, prefix: 'TASKFLOW_', alsoKnown });
    problems.push(...contradictions(read.settings));
    if (problems.length === 0) return read;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    problems.unshift(...error.problems);
  }
  throw new SettingsError(problems);
}

function contradictions(settings: PlatformSettings): SettingProblem[] {
  if (settings.heartbeatMs * 2 <= settings.leaseMs) return [];
  return [
    {
      name: 'TASKFLOW_HEARTBEAT_MS',
      what: `${settings.heartbeatMs} ms is more than half of the lease of ${settings.leaseMs} ms (TASKFLOW_LEASE_MS)`,
      why: 'one late heartbeat would cost a healthy worker its tasks',
      fix: 'Make the heartbeat shorter or the lease longer.',
    },
  ];
}

/** An exporter that somebody configured and that would never send anything is worse than a refusal. */
function telemetryProblems(env: Environment): SettingProblem[] {
  if (env['OTEL_SDK_DISABLED'] === 'true') return [];
  return Object.keys(env)
    .filter(
      (name) => /^OTEL_(EXPORTER_|(TRACES|METRICS|LOGS)_EXPORTER$)/.test(name) && env[name] && env[name] !== 'none',
    )
    .sort()
    .map((name) => ({
      name,
      what: 'asks for an OpenTelemetry exporter',
      why: laterVersion,
      fix: 'Remove it or set OTEL_SDK_DISABLED=true; metrics are at /metrics.',
    }));
}
