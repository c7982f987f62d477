import { createHash, randomFillSync, randomUUID } from 'node:crypto';
import { V7Generator } from 'uuidv7';

/** The only source of identity. Injected, so that a test can make ids repeatable. */
export interface Ids {
  /** A time-ordered UUID (version 7): ids of one process sort in the order in which they were made. */
  next(): string;
  /** An unguessable UUID (version 4): a lease token or a session id, where order would give it away. */
  token(): string;
}

const poolWords = 4096;

/** Random 32-bit numbers drawn from the operating system thousands at a time: one call each costs more than the id. */
function pooledRandom(): { nextUint32(): number } {
  const pool = new Uint32Array(poolWords);
  let used = poolWords;
  return {
    nextUint32() {
      if (used === poolWords) {
        randomFillSync(pool);
        used = 0;
      }
      const word = pool[used] as number;
      used += 1;
      return word;
    },
  };
}

const generator = new V7Generator(pooledRandom());

export const systemIds: Ids = { next: () => generator.generate().toString(), token: () => randomUUID() };

/**
 * The id that `name` has inside `parent`: the same two always give the same id, so a decision that is taken
 * again names the same row. It keeps the parent's 48 time bits (UUID version 8), so rows of one parent lie
 * together in an index; the other bits are a SHA-256 of both.
 */
export function derivedId(parent: string, name: string): string {
  const hash = createHash('sha256').update(parent).update('\0').update(name).digest('hex');
  const variant = ((Number.parseInt(hash[4] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${parent.slice(0, 13)}-8${hash.slice(1, 4)}-${variant}${hash.slice(5, 8)}-${hash.slice(8, 20)}`;
}
