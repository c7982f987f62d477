import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface GeneratedFile {
  /** Path from the repository root. */
  path: string;
  render(): string;
  /** Command that writes it. */
  command: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `undefined` when the file on disk is what would be written now, else what to do. */
export function staleness({ path, render, command }: GeneratedFile): string | undefined {
  if (contentOf(path) === render()) return undefined;
  return `${path} is not what its source makes now: run ${command}`;
}

/** Writes the file, or with `--check` tells whether it is fresh. Gives the exit code. */
export function generate(file: GeneratedFile, args: readonly string[]): number {
  if (!args.includes('--check')) {
    mkdirSync(dirname(root + file.path), { recursive: true });
    writeFileSync(root + file.path, file.render());
    console.log(`wrote ${relative(process.cwd(), root + file.path)}`);
    return 0;
  }
  const problem = staleness(file);
  if (problem !== undefined) console.error(problem);
  return problem === undefined ? 0 : 1;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(root + path, 'utf8');
  } catch {
    return undefined;
  }
}
