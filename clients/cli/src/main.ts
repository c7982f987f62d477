import { text } from 'node:stream/consumers';
import { askOnTerminal } from './ask-on-terminal.ts';
import { readEnvironment } from './environment.ts';
import { run } from './run.ts';

// Whoever reads the output may stop reading (`taskflow tasks list | head -1`): that is no error of this program.
process.stdout.on('error', (error) => {
  process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1);
});

const { stdin, stdout, stderr } = process;
const attended = stdin.isTTY && stderr.isTTY;
process.exitCode = await run(
  process.argv.slice(2),
  { stdout, stderr, readStdin: () => text(stdin), ...(attended && { ask: askOnTerminal }) },
  readEnvironment(),
);
