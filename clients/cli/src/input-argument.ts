import { readFile } from 'node:fs/promises';
import { parseStrictJson } from '@taskflow/kit-json';
import { UsageError } from './exit-code.ts';

/** JSON as text, `@file` for a file's content, `-` for standard input. */
export async function readInput(argument: string, readStdin: () => Promise<string>): Promise<unknown> {
  const text = await textOf(argument, readStdin);
  const result = parseStrictJson(text);
  if (result.ok) return result.value;
  const { code, detail, pointer } = result.refusal;
  const what = code === 'malformed_json' ? 'is no JSON' : `cannot be sent as it is (${code} at ${pointer})`;
  throw new UsageError(`the input ${what}: ${detail}`);
}

async function textOf(argument: string, readStdin: () => Promise<string>): Promise<string> {
  if (argument === '-') return readStdin();
  if (!argument.startsWith('@')) return argument;
  try {
    return await readFile(argument.slice(1), 'utf8');
  } catch (error) {
    throw new UsageError(`the input file cannot be read: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
