import fc from 'fast-check';
import { hostileText, rawMark } from './hostile-values.ts';

type Change = (value: unknown) => unknown;

/** One change of one place: a value that fits becomes one that nearly does. */
export function nearMisses(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(values, fc.nat(1_000), changes).map(([value, place, change]) => {
    const count = placesOf(value);
    return changed(value, place % count, change);
  });
}

/** Values beside a bound of some column or library, by what stands at the place. */
const oddNumbers = [
  2_147_483_648,
  -2_147_483_649,
  32_768,
  4_294_967_296,
  Number.MAX_SAFE_INTEGER,
  -1,
  0,
  0.5,
  1e21,
  1e308,
];
const oddInstants = [
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-23:59',
  '0001-01-01T00:00:00+00:01',
  '2020-02-30T00:00:00Z',
];
const oddTexts = [
  '',
  ' ',
  'a\u0000',
  '\ud800',
  'taskflow.step/each',
  '__proto__',
  '99999999d',
  '1e400',
  'x'.repeat(70_000),
];

const besideBounds: fc.Arbitrary<Change> = fc
  .record({
    number: fc.constantFrom(...oddNumbers),
    instant: fc.constantFrom(...oddInstants),
    text: fc.constantFrom(...oddTexts),
  })
  .map(({ number, instant, text }) => (value) => {
    if (typeof value === 'number') return number;
    if (typeof value !== 'string') return value === null ? number : [value];
    return /^\d{4}-\d\d-/.test(value) ? instant : text;
  });

const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: besideBounds },
  {
    weight: 3,
    arbitrary: hostileText.map(
      (text): Change =>
        () =>
          `${rawMark}${text}`,
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Change>(
      withoutOne,
      (value) => (isObject(value) ? { ...value, unknownMember: 1 } : [value]),
      (value) => (typeof value === 'number' ? String(value) : typeof value === 'string' ? 7 : null),
      (value) => ({ value }),
      (value) => (typeof value === 'string' ? value.repeat(300) : value),
      (value) => (Array.isArray(value) ? [...value, ...value, ...value] : value),
      (value) => (Array.isArray(value) ? [] : value),
    ),
  },
);

function withoutOne(value: unknown): unknown {
  if (!isObject(value)) return undefined;
  const [, ...rest] = Object.entries(value);
  return Object.fromEntries(rest);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function placesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, part) => sum + placesOf(part), 1);
}

/** Places are counted from the outside in: 0 is the value itself. */
function changed(value: unknown, place: number, change: Change): unknown {
  if (place === 0 || typeof value !== 'object' || value === null) return change(value);
  let left = place - 1;
  const parts = Object.entries(value).map(([name, part]) => {
    const size = placesOf(part);
    const here = left >= 0 && left < size;
    const result = here ? changed(part, left, change) : part;
    left -= size;
    return [name, result] as const;
  });
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}

/** The text of a value, with the texts that were put into it as they are. */
export function printed(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.replaceAll(
    new RegExp(`"${rawMark}((?:[^"\\\\]|\\\\.)*)"`, 'g'),
    (_, raw: string) => JSON.parse(`"${raw}"`) as string,
  );
}
