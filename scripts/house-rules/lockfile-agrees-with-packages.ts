import { dirname } from 'node:path/posix';
import { isDeepStrictEqual } from 'node:util';
import type { HouseRule } from './house-rule.ts';
import type { SourceTree } from './source-tree.ts';

const kinds = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'] as const;
type Dependencies = Partial<Record<(typeof kinds)[number], Record<string, string>>>;

export const lockfileAgreesWithPackages: HouseRule = {
  name: 'lockfile-agrees-with-packages',
  because: '`npm ci` refuses a lockfile that differs from a package.json, and with it every fresh clone.',
  check(tree) {
    if (!tree.paths.includes('package-lock.json')) return [];
    const locked = parse<{ packages: Record<string, Dependencies> }>(tree, 'package-lock.json').packages;
    return tree.paths
      .filter((path) => path === 'package.json' || path.endsWith('/package.json'))
      .filter((path) => {
        const entry = locked[path === 'package.json' ? '' : dirname(path)];
        const own = parse<Dependencies>(tree, path);
        return entry === undefined || kinds.some((kind) => !isDeepStrictEqual(own[kind] ?? {}, entry[kind] ?? {}));
      })
      .map((path) => ({ path, message: 'differs from package-lock.json (npm install --package-lock-only)' }));
  },
};

function parse<T>(tree: SourceTree, path: string): T {
  return JSON.parse(tree.text(path)) as T;
}
