import { text } from 'node:stream/consumers';
import { readEnvironment } from './environment.ts';
import { run } from './run.ts';

process.exitCode = await run(
  process.argv.slice(2),
  { stdout: process.stdout, stderr: process.stderr, readStdin: () => text(process.stdin) },
  readEnvironment(),
);
