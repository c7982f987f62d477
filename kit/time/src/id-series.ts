import type { Ids } from './ids.ts';

const seriesLength = 0x10000;

/**
 * Ids for many things that are made together: one new id, whose last 16 bits count up. They cost no randomness, and
 * being alike they all but vanish when they are compressed. Unique like the id that they share: nothing else has its
 * other bits. A longer series goes on from another new id.
 */
export function idSeries(ids: Ids): () => string {
  let base = '';
  let used = seriesLength;
  return () => {
    if (used === seriesLength) {
      base = ids.next().slice(0, -4);
      used = 0;
    }
    const id = base + used.toString(16).padStart(4, '0');
    used += 1;
    return id;
  };
}
