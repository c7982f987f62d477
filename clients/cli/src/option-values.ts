import { InvalidArgumentError } from 'commander';
import { UsageError } from './exit-code.ts';

/** A name stays a name; digits become the number. */
export function parsePriority(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

export function parseTags(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`a tag is written key=value, not "${pair}"`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

/** For an option that may be given more than once. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
