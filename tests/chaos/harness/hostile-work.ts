/** Workflows that somebody starts together, each of which may be more than the platform wants to take. */
export interface HostileUnit {
  readonly kind: string;
  readonly bodies: readonly object[];
  /** Published once all are accepted: steps of all of them wait for it, and again for the next one like it. */
  readonly event?: { readonly name: string; readonly key: string };
  /** Once it has failed it is started again from this step. */
  readonly retryFrom?: string;
}

/** How far a kind goes. `small` is for a run of seconds, and has no trees. */
export type HostileScale = 'small' | 'full';

interface Sizes {
  /** Items of a fan-out of small ones. */
  readonly fanOut: number;
  /** Most items of a fan-out of large ones; the last of them are more than a fan-out may have together. */
  readonly largeItems: number;
  readonly waits: number;
  readonly creations: number;
  readonly firstSteps: number;
}

const sizesOf: Readonly<Record<HostileScale, Sizes>> = {
  small: { fanOut: 1_000, largeItems: 30, waits: 200, creations: 4, firstSteps: 50 },
  full: { fanOut: 10_000, largeItems: 280, waits: 400, creations: 50, firstSteps: 500 },
};

interface Draw {
  readonly n: number;
  readonly random: () => number;
  readonly sizes: Sizes;
}

type Make = (draw: Draw) => Omit<HostileUnit, 'kind'>;

interface Kind {
  /** How many of a hundred units are of this kind; a kind without one is rare. */
  readonly share?: number;
  readonly isTree?: boolean;
  readonly make: Make;
}

/** Types of tasks that a hostile worker serves. */
export const hostileTypes = {
  /** Reports as its payload says. */
  odd: 'hostile.odd',
  /** Held until several can be reported together. */
  gate: 'hostile.gate',
  item: 'hostile.item',
} as const;

const from = (path: string) => ({ $from: path });
const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
const once = { maxAttempts: 1 } as const;

const treeWidth = 100;
/** Of definitions that refer to each other; registered before anything is started. */
export const hostileDefinitions: readonly object[] = [
  definition('hostile.leaf', [noop('a')]),
  definition('hostile.mid', children(treeWidth, 'hostile.leaf')),
  definition('hostile.tree', children(treeWidth, 'hostile.mid')),
  definition('hostile.bomb', children(6, 'hostile.bomb')),
];

/** Close to the most that a payload may have, and hard to compress. */
const bigText = Array.from(
  { length: 250_000 },
  (_, i) => 'abcdefghijklmnopqrstuvwxyz0123456789'[(i * 7_919 + (i >> 3) * 104_729 + (i >> 7)) % 36],
).join('');
const bigRows = times(10_000, (i) => bigText.slice(i, i + 20));
const wholeInputs = times(3_000, () => from('input'));
const paths = times(10_000, (i) => from(`input.r.${i}`));
const pathConditions = times(9_900, (i) => ({ value: from(`steps.a.result.r.${i}`), equals: i }));
const wholeConditions = times(4_500, () => ({ value: from('steps.a.result'), notEquals: from('input') }));

function noop(key: string, payload?: unknown, dependsOn: readonly string[] = []): object {
  return { key, type: 'taskflow.noop', payload, dependsOn };
}

function definition(name: string, steps: readonly object[]): object {
  return { name, version: 1, replace: true, graph: { steps } };
}

function children(count: number, of: string): object[] {
  return times(count, (i) => ({ key: `c${i}`, child: { definition: of } }));
}

function flow(steps: readonly object[], input?: unknown): object {
  return { name: 'hostile', steps, onFailure: 'stop', ...(input !== undefined && { input }) };
}

function pick<T>(random: () => number, of: readonly T[]): T {
  return of[Math.floor(random() * of.length)] as T;
}

const upTo = (random: () => number, limit: number) => 1 + Math.floor(random() * limit);

/** Results as texts: numbers that do not come back, texts that cannot be kept, keys that stand twice or are forbidden. */
const oddResults = [
  '9007199254740993',
  '12345678901234567890',
  '1e400',
  '-0',
  String.raw`"a\u0000b"`,
  String.raw`"\ud800"`,
  '{"a":1,"a":2}',
  '{"__proto__":{"a":1}}',
];

const kinds: Readonly<Record<string, Kind>> = {
  'version out of range': {
    share: 13,
    make: ({ random }) => {
      const version = pick(random, [3_000_000_000, 2_147_483_648, 2_147_483_647, 1.5, -1]);
      const isFirst = random() < 0.5;
      const child = { key: 'b', dependsOn: isFirst ? [] : ['a'], child: { definition: 'hostile.nobody', version } };
      return { bodies: [flow([noop('a'), child])] };
    },
  },
  'deep results compared': {
    share: 13,
    make: ({ random }) => {
      const depth = random() < 0.3 ? upTo(random, 60) : 1_000 + upTo(random, 7_000);
      const odd = (key: string) => ({ key, type: hostileTypes.odd, payload: { depth }, retry: once });
      const when = { value: from('steps.a.result'), equals: from('steps.b.result') };
      return { bodies: [flow([odd('a'), odd('b'), { ...noop('c', 1, ['a', 'b']), when }])] };
    },
  },
  'wave of large fan-outs': {
    share: 2,
    make: ({ random, sizes }) => {
      const items = Math.max(1, Math.floor(sizes.largeItems * (0.2 + 0.8 * random())));
      const large = {
        key: 'each',
        dependsOn: ['gate'],
        type: hostileTypes.item,
        each: { over: from('input.list') },
        payload: { n: from('item'), big: from('input.big') },
      };
      const gate = { key: 'gate', type: hostileTypes.gate };
      const body = flow([gate, large], { big: bigText, list: times(items, (i) => i) });
      return { bodies: times(upTo(random, 5), () => body) };
    },
  },
  'input referred to 3,000 times': {
    share: 12,
    make: ({ random }) => {
      const steps = random() < 0.3 ? [noop('b', wholeInputs)] : [noop('a'), noop('b', wholeInputs, ['a'])];
      return { bodies: [flow(steps, bigText)] };
    },
  },
  '10,000 paths into an input': {
    share: 10,
    make: ({ random }) => ({
      bodies: [flow([noop('a'), noop('b', paths, random() < 0.3 ? [] : ['a'])], { r: bigRows })],
    }),
  },
  'first steps that each read a large input': {
    share: 1,
    make: ({ sizes }) => ({
      bodies: [
        flow(
          times(sizes.firstSteps, (i) => noop(`s${i}`, paths[i])),
          { r: bigRows },
        ),
      ],
    }),
  },
  'condition of many references': {
    share: 6,
    make: ({ random }) => {
      const any = random() < 0.5 ? pathConditions : wholeConditions;
      const conditional = { ...noop('b', 1, ['a']), when: { any } };
      return { bodies: [flow([noop('a', from('input')), conditional], { r: bigRows })] };
    },
  },
  'odd reports': {
    share: 12,
    make: ({ random }) => {
      const payload = random() < 0.4 ? { capitals: true } : { text: pick(random, oddResults) };
      const odd = { key: 'a', type: hostileTypes.odd, payload, retry: once };
      return { bodies: [flow([odd, noop('b', from('steps.a.result'), ['a'])])] };
    },
  },
  'waits for one event': {
    share: 2,
    make: ({ n, sizes }) => {
      const event = { name: 'hostile', key: `flood-${n}` };
      const wait = (key: string, dependsOn: string[], timeout: string) => ({
        key,
        dependsOn,
        waitForEvent: { event: event.name, key: event.key, timeout },
        onError: 'continue',
      });
      const steps = times(sizes.waits, (i) => [wait(`first${i}`, [], '5m'), wait(`second${i}`, [`first${i}`], '2s')]);
      return { bodies: times(6, () => flow(steps.flat())), event };
    },
  },
  'large creations that sleep': {
    share: 1,
    make: ({ random, sizes }) => ({
      bodies: times(sizes.creations, () => {
        const nap = { key: 'a', sleep: { for: 100 + Math.floor(random() * 3_000) } };
        return flow([nap, noop('b', 1, ['a'])], bigText);
      }),
    }),
  },
  'wide fan-out, run twice': {
    make: ({ sizes }) => {
      const wide = { key: 'each', type: 'taskflow.noop', each: { over: from('input') }, payload: from('item') };
      const last = { key: 'last', type: 'taskflow.fail', dependsOn: ['each'], retry: once };
      const input = times(sizes.fanOut, (i) => i);
      return { bodies: [flow([wide, last], input)], retryFrom: 'each' };
    },
  },
  'definition that starts itself': { isTree: true, make: () => ({ bodies: [{ definition: 'hostile.bomb' }] }) },
  'tree of small workflows': { isTree: true, make: () => ({ bodies: [{ definition: 'hostile.tree' }] }) },
};

/** Of the kinds that take minutes there is one in so many workflows. */
const rareOneIn = 500;

export interface Mixture {
  readonly count: number;
  readonly scale: HostileScale;
  /** Only kinds whose name has this in it. */
  readonly only?: string;
}

/** The same for the same seed: every kind at least once, the rare ones rarely, until there are so many workflows. */
export function hostileUnits({ count, scale, only = '' }: Mixture, random: () => number): HostileUnit[] {
  const sizes = sizesOf[scale];
  const units: HostileUnit[] = [];
  const add = (kind: string, { make }: Kind) => units.push({ kind, ...make({ n: units.length, random, sizes }) });
  const usable = Object.entries(kinds).filter(
    ([name, { isTree }]) => name.includes(only) && (!isTree || scale === 'full'),
  );
  for (const [name, kind] of usable)
    for (let i = 0; i < (kind.share === undefined ? Math.ceil(count / rareOneIn) : 1); i += 1) add(name, kind);
  const lots = usable.flatMap((entry) => times(entry[1].share ?? 0, () => entry));
  while (lots.length > 0 && units.reduce((sum, { bodies }) => sum + bodies.length, 0) < count)
    add(...pick(random, lots));
  return shuffled(units, random);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** A completion as the payload of its task wants it: nested, in capitals, or with a value as it is written. */
export function spellOddly(item: { readonly lease: string; readonly taskId: string }, payload: unknown): string {
  const { depth, capitals, text } = payload as { depth?: number; capitals?: boolean; text?: string };
  const print = (lease: string, taskId: string, result: string) =>
    `{"lease":"${lease}","taskId":"${taskId}","result":${result}}`;
  if (depth !== undefined) return print(item.lease, item.taskId, '['.repeat(depth) + ']'.repeat(depth));
  if (capitals) return print(item.lease.toUpperCase(), item.taskId.toUpperCase(), '1');
  return print(item.lease, item.taskId, text ?? 'null');
}
