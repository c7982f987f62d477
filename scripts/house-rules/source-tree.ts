import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { listFiles, repositoryRoot } from '../files/list-files.ts';

/** The repository's files as the rules see them; a test may hold some that are on no disk. */
export interface SourceTree {
  readonly paths: readonly string[];
  text(path: string): string;
  /** The parsed file; parsed once for all rules. */
  syntax(path: string): ts.SourceFile;
}

export function treeOnDisk(root: string = repositoryRoot): SourceTree {
  return treeOf(listFiles(root), (path) => readFileSync(join(root, path), 'utf8'));
}

export function treeInMemory(files: Readonly<Record<string, string>>): SourceTree {
  return treeOf(Object.keys(files), (path) => files[path] ?? '');
}

function treeOf(paths: readonly string[], read: (path: string) => string): SourceTree {
  const texts = new Map<string, string>();
  const parsed = new Map<string, ts.SourceFile>();
  const tree: SourceTree = {
    paths,
    text: (path) => remembered(texts, path, () => read(path)),
    syntax: (path) =>
      remembered(parsed, path, () => ts.createSourceFile(path, tree.text(path), ts.ScriptTarget.Latest, true)),
  };
  return tree;
}

function remembered<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
