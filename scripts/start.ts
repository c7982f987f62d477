// `npm start [-- --port <n> --data-dir <dir> --no-demo --definitions <glob>]`: everything on this machine, with the
// demo definitions and a worker, until SIGINT, SIGTERM or SIGHUP.

import { SettingsError } from '@taskflow/kit-config';
import { PlatformError } from '@taskflow/platform';
import { readArguments, usage } from './start/options.ts';
import { serve } from './start/serve.ts';

// Whoever reads what it says may leave, as `| head` does; it serves on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const given = readArguments(process.argv.slice(2));
if ('help' in given) {
  process.stdout.write(usage);
  process.exit(0);
}
if ('problem' in given) fail(`${given.problem}\n\n${usage}`);

try {
  await serve(given.options);
  process.exit(0);
} catch (error) {
  fail(reasonOf(error));
}

/** What a person can mend is told in its own words; anything else with its stack. */
function reasonOf(error: unknown): string {
  if (error instanceof PlatformError || error instanceof SettingsError) return error.message;
  return `TaskFlow could not be started: ${error instanceof Error ? error.stack : String(error)}`;
}

function fail(message: string): never {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
}
