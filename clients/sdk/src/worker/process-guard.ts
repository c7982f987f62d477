import { TaskFlowError } from '../errors.ts';
import { plainOf } from '../plain-value.ts';
import { currentAttempt } from './attempt.ts';

/**
 * While a worker runs, what its handlers left unhandled (a rejected promise nobody awaits, a throw in a timer) fails
 * their attempt instead of the process, and so does their `process.exit`. What comes from elsewhere ends the process as
 * it would without a worker, unless the program has its own listener for it.
 */
export function guardProcess(): () => void {
  guards += 1;
  if (guards === 1) guard();
  return () => {
    guards -= 1;
    if (guards === 0) unguard();
  };
}

let guards = 0;
let exit = process.exit;

function guard(): void {
  process.on('unhandledRejection', contain);
  process.on('uncaughtException', contain);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', outliveReader);
  exit = process.exit;
  process.exit = exitOfProgram;
}

function unguard(): void {
  process.off('unhandledRejection', contain);
  process.off('uncaughtException', contain);
  for (const stream of [process.stdout, process.stderr]) stream.off('error', outliveReader);
  if (process.exit === exitOfProgram) process.exit = exit;
}

function contain(thrown: unknown): void {
  const attempt = currentAttempt.getStore();
  if (attempt !== undefined) return attempt.unhandled(thrown);
  const others = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection') - 2;
  if (others > 0) return;
  process.stderr.write(`${describe(thrown)}\n`);
  exit(1);
}

/** `process.exit`, but for code of an attempt: it would take the attempts beside it along. */
function exitOfProgram(code?: number | string | null): never {
  const attempt = currentAttempt.getStore();
  if (attempt === undefined) return exit(code);
  const refused = new TaskFlowError(
    'exit_refused',
    `process.exit(${code ?? ''}) in a handler is refused, for others run beside it: throw to end the attempt`,
  );
  attempt.unhandled(refused);
  throw refused;
}

/** Whoever read the output has left (`| head`). The worker goes on: its output is not its work. */
function outliveReader(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') contain(error);
}

function describe(thrown: unknown): string {
  const plain = plainOf(thrown);
  const stack = typeof plain === 'object' && plain !== null ? Reflect.get(plain, 'stack') : undefined;
  return typeof stack === 'string' ? stack : JSON.stringify(plain);
}
