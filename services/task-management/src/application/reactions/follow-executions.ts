import type { Position, StreamEntry } from '@taskflow/kit-messaging';
import type { AdvanceCommand, AdvanceOutcome, ReceivedFact } from '../advance/advance-command.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';

export interface FollowDependencies {
  readonly store: Pick<AdvanceStore, 'readPosition'>;
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  /** Facts of one entry, in its order. */
  readonly translate: (entry: StreamEntry) => readonly ReceivedFact[];
}

export interface ExecutionFollower {
  position(source: string, stream: number, identity: string): Promise<Position>;
  /** Consecutive entries of one stream. Those that were applied before are dropped. */
  apply(entries: readonly StreamEntry[]): Promise<void>;
}

/** Entries arrived that do not follow the position: applying them would lose those between. */
export class EntryGapError extends Error {
  constructor(source: string, stream: number, position: number, seq: number) {
    super(`The entries up to ${seq} of ${source}/${stream} do not follow position ${position} without a gap.`);
    this.name = 'EntryGapError';
  }
}

interface Place {
  seq: number;
  readonly identity: string;
}

/**
 * Applies what task-execution reports, and moves the position in the same transaction. The position in memory only
 * saves a read: the database refuses a step that was made before.
 */
export function followExecutions({ store, submit, translate }: FollowDependencies): ExecutionFollower {
  const places = new Map<string, Place>();

  async function position(source: string, stream: number, identity: string): Promise<Position> {
    const seq = await store.readPosition(source, stream, identity);
    places.set(placeKey(source, stream), { seq, identity });
    return { source, stream, seq };
  }

  async function apply(entries: readonly StreamEntry[]): Promise<void> {
    const first = entries[0];
    const place = first && places.get(placeKey(first.source, first.stream));
    if (first === undefined || place === undefined) return;
    const fresh = entries.filter(({ seq }) => seq > place.seq);
    const next = fresh[0];
    const last = fresh.at(-1);
    if (next === undefined || last === undefined) return;
    const { source, stream } = first;
    const isDense = next.seq === place.seq + 1 && last.seq === place.seq + fresh.length;
    if (!isDense) throw new EntryGapError(source, stream, place.seq, last.seq);
    const advance = { source, stream, from: place.seq, to: last.seq, identity: place.identity };
    try {
      await submit({ type: 'apply-facts', advance, facts: fresh.flatMap((entry) => translate(entry)) });
    } catch (error) {
      // Whether it was written is not certain, or somebody else was faster: the next delivery starts from the truth.
      place.seq = await store.readPosition(source, stream, place.identity);
      if (place.seq >= last.seq) return;
      throw error;
    }
    place.seq = last.seq;
  }

  return { position, apply };
}

function placeKey(source: string, stream: number): string {
  return `${source}/${stream}`;
}
