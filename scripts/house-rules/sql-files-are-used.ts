import { basename, dirname } from 'node:path/posix';
import ts from 'typescript';
import type { HouseRule } from './house-rule.ts';
import type { SourceTree } from './source-tree.ts';
import { isMigration, isSql } from './sql-text.ts';
import { isScript, nodesIn } from './syntax.ts';

export const sqlFilesAreUsed: HouseRule = {
  name: 'sql-files-are-used',
  because: 'A statement that nobody loads still looks like a promise to whoever reads the folder.',
  check(tree) {
    const named = new Map<string, Set<string>>();
    return tree.paths
      .filter((path) => isSql(path) && !isMigration(path))
      .filter((path) => {
        const root = packageRoot(path);
        const names = named.get(root) ?? stringsIn(tree, root);
        named.set(root, names);
        const name = basename(path, '.sql');
        return !names.has(name) && !names.has(`${name}.sql`) && !names.has(`./${name}.sql`);
      })
      .map((path) => ({ path, message: `no code of ${packageRoot(path)} names this statement` }));
  },
};

/** `services/task-management/…` belongs to `services/task-management`, `bench/…` to `bench`. */
function packageRoot(path: string): string {
  const [first = '', second = ''] = dirname(path).split('/');
  return first === 'bench' || first === 'examples' ? first : `${first}/${second}`;
}

/** String constants of a package's code, and the file names that they end in. A generated list of statements uses none. */
function stringsIn(tree: SourceTree, root: string): Set<string> {
  const strings = new Set<string>();
  const written = (path: string) => isScript(path) && !path.endsWith('.generated.ts');
  for (const path of tree.paths.filter((candidate) => written(candidate) && candidate.startsWith(`${root}/`))) {
    for (const node of nodesIn(tree.syntax(path))) {
      if (!ts.isStringLiteralLike(node)) continue;
      strings.add(node.text);
      strings.add(basename(node.text));
    }
  }
  return strings;
}
