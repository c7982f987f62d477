import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInputError } from './errors.ts';
import type { Definition } from './worker/handlers.ts';

export interface LoadedDefinitions {
  readonly definitions: readonly Definition[];
  /** The files that were read, absolute. */
  readonly files: readonly string[];
}

/**
 * Imports the modules that match `patterns` (paths or globs, from `directory`) and gives the definitions that they
 * export. Throws `InvalidInputError` with code `no_such_file` for a pattern that matches nothing, and
 * `module_unusable` for a module that cannot be imported.
 */
export async function loadDefinitions(patterns: readonly string[], directory: string): Promise<LoadedDefinitions> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    let matches = 0;
    for await (const match of glob(pattern, { cwd: directory, exclude: isSkipped })) {
      matches += 1;
      if (/\.(?:ts|mts|js|mjs)$/.test(match) && !/\.(?:d|test|test-d)\.m?ts$/.test(match)) {
        files.add(resolve(directory, match));
      }
    }
    if (matches === 0) {
      throw new InvalidInputError('no_such_file', `no file matches "${pattern}" in ${directory}`);
    }
  }
  const definitions = new Set<Definition>();
  for (const file of files) for (const value of await exportsOf(file)) if (isDefinition(value)) definitions.add(value);
  return { definitions: [...definitions], files: [...files] };
}

function isSkipped(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.');
}

async function exportsOf(file: string): Promise<unknown[]> {
  try {
    const module: object = await import(pathToFileURL(file).href);
    return Object.values(module);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError('module_unusable', `${file} cannot be imported: ${reason}`, [], { cause: error });
  }
}

function isDefinition(value: unknown): value is Definition {
  if (typeof value !== 'object' || value === null || !Object.isFrozen(value)) return false;
  const { kind, id } = value as { readonly kind?: unknown; readonly id?: unknown };
  return typeof id === 'string' && (kind === 'task' || kind === 'workflow' || kind === 'queue');
}
