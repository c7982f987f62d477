import { text } from 'node:stream/consumers';
import { readEnvironment } from './environment.ts';
import { run } from './run.ts';

// Whoever reads the output may stop reading (`taskflow tasks list | head -1`): that is no error of this program.
process.stdout.on('error', (error) => {
  process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await run(
  process.argv.slice(2),
  { stdout: process.stdout, stderr: process.stderr, readStdin: () => text(process.stdin) },
  readEnvironment(),
);
