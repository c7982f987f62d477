import type { Ids, Random } from '@taskflow/kit-time';

/**
 * Valid UUIDs that count up: `next` as version 7, `token` as version 4. `prefix` (up to 8 hex digits) keeps two
 * sources apart.
 */
export function sequentialIds(prefix = ''): Ids {
  const head = prefix.padEnd(8, '0');
  if (!/^[0-9a-f]{8}$/.test(head)) throw new RangeError(`not a prefix of up to 8 hex digits: ${prefix}`);
  const counter = (version: number) => {
    let count = 0;
    return () => {
      count += 1;
      return `${head}-0000-${version}000-8000-${count.toString(16).padStart(12, '0')}`;
    };
  };
  return { next: counter(7), token: counter(4) };
}

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
    },
  };
}
