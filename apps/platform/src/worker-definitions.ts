import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WorkerOptions } from '@taskflow/sdk';

export type Definition = WorkerOptions['definitions'][number];

const kinds = new Set<unknown>(['task', 'workflow', 'queue']);

/** Absolute paths of the files that match, without tests and type declarations. */
export function findModules(patterns: readonly string[], directory: string): string[] {
  const found = patterns.flatMap((pattern) => globSync(pattern, { cwd: directory }));
  return [...new Set(found.map((path) => resolve(directory, path)))]
    .filter((path) => /\.[cm]?[jt]s$/.test(path) && !/\.(test|d)\.[cm]?ts$/.test(path))
    .sort();
}

/** Every definition that these modules export, each once. Rejects, naming the module, when one cannot be loaded. */
export async function loadDefinitions(modules: readonly string[]): Promise<Definition[]> {
  const found = new Set<Definition>();
  for (const path of modules) {
    for (const value of Object.values(await loadModule(path))) if (isDefinition(value)) found.add(value);
  }
  return [...found];
}

async function loadModule(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && 'kind' in value && 'id' in value && kinds.has(value.kind);
}
