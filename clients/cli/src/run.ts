import { reasonOf, TaskFlowError } from '@taskflow/sdk';
import { CommanderError } from 'commander';
import type { Environment } from './environment.ts';
import { exitCode, exitCodeOf, InterruptedError } from './exit-code.ts';
import { createProgram } from './program.ts';
import type { Streams } from './terminal.ts';
import { inertLines } from './terminal-text.ts';

/** Runs one command line, without the node and script in front; gives the exit code. */
export async function run(args: readonly string[], streams: Streams, environment: Environment): Promise<number> {
  const program = createProgram(streams, environment);
  const output = {
    writeOut: (text: string) => void streams.stdout.write(text),
    writeErr: (text: string) => void streams.stderr.write(text),
  };
  const commands = [program, ...program.commands, ...program.commands.flatMap(({ commands: inner }) => inner)];
  for (const command of commands) command.exitOverride().configureOutput(output);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    streams.stderr.write(`${inertLines(describe(error))}\n`);
    return exitCodeOf(error);
  }
}

function describe(error: unknown): string {
  if (error instanceof InterruptedError) return error.message;
  if (error instanceof TaskFlowError) return `taskflow: ${error.message} [${error.code}]`;
  return `taskflow: ${reasonOf(error)}`;
}
