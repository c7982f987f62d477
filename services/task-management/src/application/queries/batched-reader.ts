import type { ReadSome } from '../ports/reading-store.ts';

/** Reads one value by id; reads that come together go to the database together. */
export interface BatchedReader<V> {
  read(tenantId: string, id: string): Promise<V | undefined>;
}

export interface BatchKey {
  readonly tenantId: string;
  readonly id: string;
}

interface Waiting<V> {
  readonly key: BatchKey;
  readonly promise: Promise<V | undefined>;
  resolve(value: V | undefined): void;
  reject(error: unknown): void;
}

/**
 * Reads that arrive while others are in flight form the next batch, and an idle reader reads at once: like a group
 * writer, without a timer. A caller never gets a value that was read before it asked. Fewer round trips are what
 * makes many single reads cheap: a statement's own cost is small beside that of sending it. What `readSome` did not cover,
 * because it would be too many bytes, is read next.
 */
export function createBatchedReader<V extends BatchKey>(
  readSome: (keys: readonly BatchKey[]) => Promise<ReadSome<V>>,
  { maxKeys, maxInFlight }: { readonly maxKeys: number; readonly maxInFlight: number },
): BatchedReader<V> {
  let waiting = new Map<string, Waiting<V>>();
  let inFlight = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || waiting.size === 0 || inFlight >= maxInFlight) return;
    scheduled = true;
    // All that is asked for in this turn of the event loop goes into one batch.
    setImmediate(() => {
      scheduled = false;
      void readNext();
    });
  }

  async function readNext(): Promise<void> {
    const batch = [...waiting.values()].slice(0, maxKeys);
    if (batch.length === waiting.size) waiting = new Map();
    else for (const { key } of batch) waiting.delete(keyText(key));
    inFlight += 1;
    schedule();
    try {
      const { items, covered } = await readSome(batch.map(({ key }) => key));
      const values = new Map(items.map((value) => [keyText(value), value]));
      for (const { key, resolve } of batch.slice(0, covered)) resolve(values.get(keyText(key)));
      readAgain(batch.slice(covered));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      inFlight -= 1;
      schedule();
    }
  }

  /** Before those that came meanwhile: whoever asked first is answered first. */
  function readAgain(rest: readonly Waiting<V>[]): void {
    if (rest.length === 0) return;
    const later = waiting;
    waiting = new Map(rest.map((each) => [keyText(each.key), each]));
    for (const [text, each] of later) {
      const first = waiting.get(text);
      if (first) first.promise.then(each.resolve, each.reject);
      else waiting.set(text, each);
    }
  }

  return {
    read: (tenantId, id) => {
      const key = { tenantId, id };
      const text = keyText(key);
      const known = waiting.get(text);
      if (known) return known.promise;
      const made = { key, ...Promise.withResolvers<V | undefined>() };
      waiting.set(text, made);
      schedule();
      return made.promise;
    },
  };
}

function keyText({ tenantId, id }: BatchKey): string {
  return `${tenantId}/${id}`;
}
