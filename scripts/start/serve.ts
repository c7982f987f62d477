import { fileURLToPath } from 'node:url';
import { processEnv } from '@taskflow/kit-config';
import { createTelemetry } from '@taskflow/kit-telemetry';
import {
  findModules,
  type Platform,
  PlatformError,
  type PlatformSettings,
  readPlatformSettings,
  startPlatform,
} from '@taskflow/platform';
import { runDemo } from './demo.ts';
import type { StartOptions } from './options.ts';
import { unfinishedWork } from './unfinished-work.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demoModules = 'examples/src/demo/*.ts';

const say = (line = '') => process.stdout.write(`${line}\n`);
const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Starts, tells what it does, and serves until a signal. Rejects when it cannot start or must stop by itself. */
export async function serve(options: StartOptions): Promise<void> {
  const begin = performance.now();
  const { settings, warnings } = settingsOf(options);
  const telemetry = createTelemetry({
    service: 'platform',
    level: settings.logLevel,
    format: settings.logFormat,
    destination: process.stderr,
  });
  for (const warning of warnings) say(`  ! ${warning}`);
  const signal = firstSignal();
  // A port that was asked for by name is meant; the usual one may give way.
  const isAsked = options.port !== undefined || processEnv()['TASKFLOW_LISTEN'];
  const platform = await startPlatform({ settings, telemetry, takenPort: isAsked ? 'refuse' : 'next' });
  const url = settings.publicUrl ?? platform.url;
  try {
    say(`\nTaskFlow  ${databaseOf(settings)} · ${url}\n`);
    if (!isAsked && !platform.url.endsWith(`:${settings.listen.port}`)) {
      say(`  ! port ${settings.listen.port} is used by another program: this one took the next free port`);
    }
    say(`  ✓ platform ready in ${seconds(begin)}`);
    await tellUnfinished(platform);
    await startWorker(platform, options);
    if (options.demo) await runDemo(platform.url, findModules([demoModules], root), say);
    tellUrls(url);
    await Promise.race([signal, platform.ended]);
  } finally {
    say('\n  Stopping: the worker hands back what it has not finished …');
    await platform.stop();
  }
  await platform.ended;
  say('  Stopped. What is unfinished goes on at the next start.');
}

function settingsOf({ port, dataDir }: StartOptions): { settings: PlatformSettings; warnings: readonly string[] } {
  const flags = { TASKFLOW_LISTEN: port, TASKFLOW_DATA_DIR: dataDir };
  return readPlatformSettings({ TASKFLOW_LOG_LEVEL: 'warn', TASKFLOW_LOG_FORMAT: 'pretty', ...processEnv() }, flags);
}

function databaseOf({ databaseUrl, dataDir }: PlatformSettings): string {
  return databaseUrl === undefined ? `embedded · data in ${dataDir}` : 'data in the server of TASKFLOW_DATABASE_URL';
}

async function tellUnfinished(platform: Platform): Promise<void> {
  const { tasks, workflows } = await unfinishedWork(platform);
  if (tasks + workflows === 0) return;
  say(`  ✓ resumed ${plural(tasks, 'unfinished task')} and ${plural(workflows, 'unfinished workflow')}`);
}

async function startWorker(platform: Platform, { demo, definitions }: StartOptions): Promise<void> {
  const begin = performance.now();
  const own = findModules(definitions, process.cwd());
  if (definitions.length > 0 && own.length === 0) {
    throw new PlatformError('invalid_definitions', `No file matches --definitions ${definitions.join(' ')}.`);
  }
  const modules = [...(demo ? findModules([demoModules], root) : []), ...own];
  const { holds } = await platform.startWorker({ modules });
  const found = `${plural(holds.tasks.length, 'task')} and ${plural(holds.workflows.length, 'workflow')}`;
  say(`  ✓ worker ready in ${seconds(begin)}: the built-in tasks, ${found} from ${plural(modules.length, 'file')}`);
}

function tellUrls(url: string): void {
  say(`
  Tasks      ${url}/api/v1/tasks
  Workflows  ${url}/api/v1/workflows
  Queues     ${url}/api/v1/queues
  API        ${url}/openapi.json
  Health     ${url}/health
  Metrics    ${url}/metrics

  Try: curl -s ${url}/api/v1/tasks -H 'content-type: application/json' -d '{"type":"taskflow.noop","payload":"hello"}'
  Ctrl-C stops it.`);
}

/** The second signal ends the process at once: whoever sends it does not want to wait. */
function firstSignal(): Promise<void> {
  const first = Promise.withResolvers<void>();
  let seen = false;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (seen) process.exit(1);
      seen = true;
      first.resolve();
    });
  }
  return first.promise;
}
