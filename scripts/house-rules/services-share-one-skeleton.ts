import type { HouseRule } from './house-rule.ts';

const required = [
  'package.json',
  'README.md',
  'migrations/',
  'src/index.ts',
  'src/composition.ts',
  'src/domain/',
  'src/application/',
  'src/infrastructure/',
  'src/api/',
];
const allowedInSrc = new Set([
  'domain',
  'application',
  'infrastructure',
  'api',
  'index.ts',
  'composition.ts',
  'main.ts',
  'settings.ts',
  'service-life.ts',
]);

export const servicesShareOneSkeleton: HouseRule = {
  name: 'services-share-one-skeleton',
  because: 'Who has found the way in one service has found it in all.',
  check(tree) {
    const roots = new Set(tree.paths.flatMap((path) => /^(?:examples\/)?services\/[^/]+\//.exec(path)?.[0] ?? []));
    return [...roots].flatMap((root) => {
      const own = tree.paths.filter((path) => path.startsWith(root)).map((path) => path.slice(root.length));
      const missing = required
        .filter((part) => !own.some((path) => path === part || path.startsWith(part.endsWith('/') ? part : `${part}/`)))
        .map((part) => ({ path: root, message: `misses ${part}` }));
      const strange = own
        .filter((path) => path.startsWith('src/') && !allowedInSrc.has(basePart(path)) && !isTestOfTheWhole(path))
        .map((path) => ({ path: root + path, message: 'stands outside the four layers' }));
      return [...missing, ...strange];
    });
  },
};

function isTestOfTheWhole(path: string): boolean {
  return /^src\/[^/]+\.test\.ts$/.test(path);
}

function basePart(path: string): string {
  return path.split('/')[1] ?? '';
}
