import fc from 'fast-check';
import { hostileText, rawMark } from './hostile-values.ts';

type Change = (value: unknown) => unknown;

/** One change of one place, mostly far outside: a value that fits becomes one that nearly does. */
export function nearMisses(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const way = fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 5, arbitrary: fc.tuple(fc.nat(60)) },
    { weight: 4, arbitrary: fc.array(fc.nat(60), { minLength: 2, maxLength: 6 }) },
  );
  return fc.tuple(values, way, changes).map(([value, steps, change]) => changed(value, steps, change));
}

/** Values beside a bound of some column or library, by what stands at the place. */
const oddNumbers = [
  2_147_483_648,
  2_147_483_648,
  2_147_483_648,

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

const nearBounds: fc.Arbitrary<Change> = fc
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
  { weight: 5, arbitrary: nearBounds },
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

/** Each step of the way chooses a member or item; where there is none, or no step is left, the change is made. */
function changed(value: unknown, [step, ...rest]: readonly number[], change: Change): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return change(value);
  const parts = Object.entries(value);
  const chosen = parts[step % Math.max(1, parts.length)];
  if (chosen === undefined) return change(value);
  const [name, part] = chosen;
  if (Array.isArray(value)) return value.with(Number(name), changed(part, rest, change));
  return { ...value, [name]: changed(part, rest, change) };
}

/** The text of a value, with the texts that were put into it as they are. */
export function printed(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.replaceAll(
    new RegExp(`"${rawMark}((?:[^"\\\\]|\\\\.)*)"`, 'g'),
    (_, raw: string) => JSON.parse(`"${raw}"`) as string,
  );
}
