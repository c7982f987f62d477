import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** `.git` is a file where the checkout is a worktree. */
const skipped = new Set(['node_modules', '.git', '.taskflow', 'dist']);

/** Paths of the repository's own files, relative to its root, with `/` between the parts, in order. */
export function listFiles(root: string = repositoryRoot): string[] {
  const found: string[] = [];
  const visit = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (skipped.has(entry.name)) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile() && !/\.(log|tsbuildinfo)$/.test(entry.name)) {
        found.push(relative(root, path).split(sep).join('/'));
      }
    }
  };
  visit(root);
  return found.sort();
}
