// `npm start [-- --port <n> --data-dir <dir> --no-demo --definitions <glob>]`: everything on this machine, with the
// demo definitions and a worker, until SIGINT or SIGTERM.

import { PlatformError } from '@taskflow/platform';
import { SettingsError } from '@taskflow/kit-config';
import { readOptions, usage } from './start/options.ts';
import { serve } from './start/serve.ts';

const options = readOptions(process.argv.slice(2));
if (options === 'help') {
  process.stdout.write(usage);
  process.exit(0);
}
if (typeof options === 'string') fail(`${options}\n\n${usage}`);

try {
  await serve(options);
  process.exit(0);
} catch (error) {
  const expected = error instanceof PlatformError || error instanceof SettingsError;
  fail(expected ? error.message : `TaskFlow could not be started: ${error instanceof Error ? error.stack : error}`);
}

function fail(message: string): never {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
}
