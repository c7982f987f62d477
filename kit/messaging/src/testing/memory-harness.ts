import { rawField, type StreamEntry } from '../event.ts';
import type { EventBus, Position } from '../event-bus.ts';
import { PositionIdentityError } from '../delivery-errors.ts';
import type { AppliedEvent, BusHarness, ConsumerStore } from './bus-harness.ts';
import { type ManualIncarnation, manualIncarnation } from './manual-incarnation.ts';
import { createMemoryLog } from './memory-log.ts';

/** Logs and stores in memory: for what does not depend on a database. */
export function memoryHarness(createBus: () => EventBus): BusHarness {
  return {
    createBus,
    producer: (source) => {
      const log = createMemoryLog(source, [0, 1]);
      return Promise.resolve({ log, commit: (stream, events) => Promise.resolve(log.append(stream, events)) });
    },
    consumerStore: () => Promise.resolve(createMemoryStore()),
    close: () => Promise.resolve(),
  };
}

/** A consumer's database in memory. It commits asynchronously: what is not durable is lost in a crash. */
export interface MemoryStore extends ConsumerStore {
  readonly incarnation: ManualIncarnation;
  /** Takes back whatever was applied after an entry of one stream. */
  rewind(source: string, stream: number, after: number): void;
  /** The same, in a new run. */
  crash(source: string, stream: number, after: number): void;
}

export function createMemoryStore(): MemoryStore {
  const incarnation = manualIncarnation();
  const positions = new Map<string, { seq: number; identity: string }>();
  const identities = new Map<string, string>();
  const effects: AppliedEvent[] = [];

  function position(source: string, stream: number, logIdentity: string): Promise<Position> {
    const held = positions.get(`${source}/${stream}`);
    if (held && held.identity !== logIdentity) {
      return Promise.reject(new PositionIdentityError(source, stream, held.identity, logIdentity));
    }
    identities.set(source, logIdentity);
    return Promise.resolve({ source, stream, seq: held?.seq ?? 0 });
  }

  function apply(entries: readonly StreamEntry[]): Promise<void> {
    const first = entries[0];
    if (first === undefined) return Promise.resolve();
    const key = `${first.source}/${first.stream}`;
    let seq = positions.get(key)?.seq ?? 0;
    for (const entry of entries) {
      if (entry.seq !== seq + 1) return Promise.reject(new RangeError(`${entry.seq} does not follow ${seq}`));
      seq = entry.seq;
    }
    positions.set(key, { seq, identity: identities.get(first.source) as string });
    effects.push(...entries.flatMap(effectsOf));
    return Promise.resolve();
  }

  function rewind(source: string, stream: number, after: number): void {
    const held = positions.get(`${source}/${stream}`);
    if (held) positions.set(`${source}/${stream}`, { ...held, seq: after });
    const kept = effects.filter((effect) => effect.stream !== stream || effect.seq <= after);
    effects.splice(0, effects.length, ...kept);
  }

  function crash(source: string, stream: number, after: number): void {
    rewind(source, stream, after);
    incarnation.change();
  }

  const durable: ConsumerStore['durable'] = async (...asked) => (await position(...asked)).seq;

  return { incarnation, rewind, crash, durable, position, apply, applied: () => Promise.resolve(effects) };
}

/** What the stores of a test record of each event. */
export function effectsOf(entry: StreamEntry): AppliedEvent[] {
  return entry.events.map((event) => ({
    stream: entry.stream,
    seq: entry.seq,
    id: event.id,
    payload: rawField(event, 'payload'),
  }));
}
