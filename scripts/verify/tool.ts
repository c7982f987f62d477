import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../files/list-files.ts';
import type { Step } from './step.ts';

/** A bought tool; it passes when it exits with 0. `remedy` is the command that mends what it finds. */
export function tool(name: string, command: string, args: readonly string[], remedy?: string): Step {
  return {
    name,
    async run() {
      const { code, output } = await runTool(command, args);
      if (code === 0) return { passed: true, report: '' };
      return { passed: false, report: remedy === undefined ? output : `${output.trimEnd()}\nTo mend it: ${remedy}` };
    },
  };
}

export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a program of node_modules/.bin from `directory`, the repository's root unless told. */
export function runTool(
  command: string,
  args: readonly string[],
  directory: string = repositoryRoot,
): Promise<ToolResult> {
  const program = join(repositoryRoot, 'node_modules', '.bin', command);
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}
