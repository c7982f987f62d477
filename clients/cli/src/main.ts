import { text } from 'node:stream/consumers';
import { askOnTerminal } from './ask-on-terminal.ts';
import { outliveReaders } from './closed-pipes.ts';
import { readEnvironment } from './environment.ts';
import { run } from './run.ts';

const { stdin, stdout, stderr } = process;
outliveReaders();
const attended = stdin.isTTY && stderr.isTTY;
process.exitCode = await run(
  process.argv.slice(2),
  { stdout, stderr, readStdin: () => text(stdin), ...(attended && { ask: askOnTerminal }) },
  readEnvironment(),
);
