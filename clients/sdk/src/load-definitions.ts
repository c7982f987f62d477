import { glob, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { isMarked } from './definitions/definition-mark.ts';
import { InvalidInputError } from './errors.ts';
import { reasonOf } from './plain-value.ts';
import type { Definition } from './worker/handlers.ts';

export interface LoadedDefinitions {
  readonly definitions: readonly Definition[];
  /** The files that were read, absolute. */
  readonly files: readonly string[];
}

/** Exports are looked into this far: `{ orders: { place, cancel } }`, and a module in a module. */
const maxDepth = 4;

/**
 * Imports the modules that match `patterns` (files, directories or globs, from `directory`) and gives the definitions
 * that they export: by name, as default, and within plain objects and lists. What is no module is passed over, as are
 * tests and declarations, for a shell that expands a pattern names those too. Throws `InvalidInputError` with code
 * `no_such_file` for a pattern that matches nothing, `module_unusable` for a module that cannot be imported, and
 * `no_definitions` where none exports any.
 *
 * @example
 * import { loadDefinitions } from '@taskflow/sdk';
 *
 * const { definitions } = await loadDefinitions(['examples/src/demo'], process.cwd());
 * console.log(definitions.filter(({ kind }) => kind === 'workflow').map(({ id }) => id)); // [ 'demo.fulfil-order' ]
 */
export async function loadDefinitions(patterns: readonly string[], directory: string): Promise<LoadedDefinitions> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    let matches = 0;
    for await (const match of matchesOf(pattern, directory)) {
      matches += 1;
      if (isModule(match)) files.add(resolve(directory, match));
    }
    if (matches === 0) throw new InvalidInputError('no_such_file', `no file matches "${pattern}" in ${directory}`);
  }
  const definitions = new Set<Definition>();
  for (const file of files) collect(await importOf(file), definitions, 0);
  if (patterns.length > 0 && definitions.size === 0) {
    const where = files.size === 0 ? `no module matches ${patterns.join(', ')}` : `of ${[...files].join(', ')}`;
    throw new InvalidInputError('no_definitions', `no definitions: ${where}. Export what task() and workflow() return`);
  }
  return { definitions: [...definitions], files: [...files] };
}

/** A name that exists is that file, whatever characters of patterns it has. */
async function* matchesOf(pattern: string, directory: string): AsyncIterable<string> {
  const found = await stat(resolve(directory, pattern)).catch(() => undefined);
  if (found?.isFile() === true) return yield pattern;
  const files = found?.isDirectory() === true ? join(pattern, '**', '*') : pattern;
  yield* glob(files, { cwd: directory, exclude: isSkipped });
}

/** A pattern that begins with `./` or `../` leads through a folder of that name, which is not hidden. */
function isSkipped(path: string): boolean {
  const name = basename(path);
  return name === 'node_modules' || /^\.[^.]/.test(name);
}

function isModule(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file) && !/\.(?:d|test|test-d|spec)\.[cm]?[jt]s$/.test(file);
}

async function importOf(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    throw new InvalidInputError('module_unusable', `${file} cannot be imported: ${reasonOf(error)}`, [], {
      cause: error,
    });
  }
}

function collect(value: unknown, found: Set<Definition>, depth: number): void {
  if (isMarked(value)) {
    if (['task', 'workflow', 'queue'].includes(value.kind)) found.add(value as Definition);
  } else if (depth < maxDepth && isContainer(value)) {
    for (const member of membersOf(value)) collect(member, found, depth + 1);
  }
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}

/** Members that are data: a getter is code that nobody asked to run. */
function membersOf(container: object): unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(container)).map(({ value }): unknown => value);
}
