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

const changes: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: hostileText.map(
      (text): Change =>
        () =>
          `${rawMark}${text}`,
    ),
  },
  fc.constantFrom<Change>(
    withoutOne,
    (value) => (isObject(value) ? { ...value, unknownMember: 1 } : [value]),
    (value) => (typeof value === 'number' ? String(value) : typeof value === 'string' ? 7 : null),
    (value) => (typeof value === 'number' ? value + 0.5 : { value }),
    (value) => (typeof value === 'number' ? -value - 1 : []),
    (value) => (typeof value === 'string' ? `${value}\u0000` : value),
    (value) => (typeof value === 'string' ? value.repeat(300) : value),
    (value) => (typeof value === 'string' ? ` ${value}` : value),
    (value) => (Array.isArray(value) ? [...value, ...value, ...value] : value),
    (value) => (Array.isArray(value) ? [] : value),
  ),
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
