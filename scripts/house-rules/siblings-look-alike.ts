import type { HouseRule, Violation } from './house-rule.ts';
import { pathsOfServices } from './services-of-tree.ts';

const everywhere = [
  'src/start-and-stop.int.test.ts',
  'src/api/tenant.ts',
  'src/application/bounds.ts',
  'src/application/events/',
  'src/application/ports/',
  'src/application/queries/',
  'src/infrastructure/postgres/queries/',
  'src/infrastructure/postgres/statements.ts',
  'src/infrastructure/telemetry/',
  'testing/service-harness.ts',
];

/** What only a service of the platform needs: its tables grow. */
const inOperation = ['src/infrastructure/postgres/plan-shape.int.test.ts'];

/** Who has the one has the other: `*` stands for the same name on both sides. */
const pairs = [
  ['src/application/ports/*-store.ts', 'src/infrastructure/postgres/*-store.ts'],
  ['src/application/ports/*-meter.ts', 'src/infrastructure/telemetry/*-meter.ts'],
  ['src/api/*-events.ts', 'src/application/reactions/apply-*-events.ts'],
] as const;

/** The only names of files that a folder holds itself, beside tests and folders. */
const names: Readonly<Record<string, RegExp>> = {
  'src/application/': /^bounds\.ts$/,
  'src/application/events/': /^([a-z-]+-events|emission)\.ts$/,
  'src/application/reactions/': /^apply-[a-z-]+-events\.ts$/,
  'src/infrastructure/': /^$/,
  // What a store is too long for lies beside it, under the first word of its name.
  'src/infrastructure/postgres/': /^([a-z0-9-]+|statements\.generated)\.ts$/,
  'src/infrastructure/telemetry/': /^[a-z-]+-(meter|gauges)\.ts$/,
};

export const siblingsLookAlike: HouseRule = {
  name: 'siblings-look-alike',
  because: 'Services drift apart a file at a time; where each thing has one place, the next service is read at once.',
  check: (tree) =>
    [...pathsOfServices(tree)].flatMap(([root, own]) =>
      [
        ...missingIn(own, root.startsWith('services/') ? [...everywhere, ...inOperation] : everywhere),
        ...unpairedIn(own),
        ...strangeIn(own),
        ...storelessIn(own),
      ].map(({ path, message }): Violation => ({ path: root + path, message })),
    ),
};

function missingIn(own: readonly string[], parts: readonly string[]): Violation[] {
  return parts
    .filter((part) => !own.some((path) => path === part || (part.endsWith('/') && path.startsWith(part))))
    .map((part) => ({ path: '', message: `misses ${part}, which its siblings have` }));
}

function unpairedIn(own: readonly string[]): Violation[] {
  return pairs.flatMap(([one, other]) => [...lonelyIn(own, one, other), ...lonelyIn(own, other, one)]);
}

function lonelyIn(own: readonly string[], pattern: string, partner: string): Violation[] {
  const [before = '', after = ''] = pattern.split('*');
  return own.flatMap((path) => {
    const name = path.slice(before.length, -after.length);
    if (path !== before + name + after || name.includes('/')) return [];
    const other = partner.replace('*', name);
    return own.includes(other) ? [] : [{ path, message: `stands without ${other}` }];
  });
}

function strangeIn(own: readonly string[]): Violation[] {
  return Object.entries(names).flatMap(([folder, allowed]) =>
    filesIn(own, folder)
      .filter((name) => !allowed.test(name))
      .map((name) => ({ path: folder + name, message: `no sibling names a file of ${folder} so` })),
  );
}

/** Each file beside the stores is one that all have, or carries on the store by whose first word it is named. */
function storelessIn(own: readonly string[]): Violation[] {
  const folder = 'src/infrastructure/postgres/';
  const files = filesIn(own, folder).filter((name) => !/^(statements|parameters|row-mapping)\./.test(name));
  const first = (name: string) => name.split(/[-.]/)[0];
  const stores = new Set(files.filter((name) => name.endsWith('-store.ts')).map(first));
  return files
    .filter((name) => !stores.has(first(name)))
    .map((name) => ({ path: folder + name, message: 'belongs to no store: begin its name with that of its store' }));
}

function filesIn(own: readonly string[], folder: string): string[] {
  return own
    .filter((path) => path.startsWith(folder) && !/\.test(-d)?\.ts$/.test(path))
    .map((path) => path.slice(folder.length))
    .filter((name) => !name.includes('/'));
}
