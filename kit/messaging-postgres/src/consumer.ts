import type { EventRecord, StreamEntry, Subscription } from '@taskflow/kit-messaging';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { isPoison, poisonIn } from './poison.ts';
import type { PositionMove, Positions } from './positions.ts';

export interface ConsumerOptions<Change> extends Pick<Subscription, 'consumer' | 'source' | 'types' | 'maxEvents'> {
  readonly positions: Positions;
  readonly telemetry: Telemetry;
  /** What an event says in the words of the service; `undefined` where it breaks its contract. */
  readonly translate: (event: EventRecord) => Change | undefined;
  /**
   * Writes the changes and moves the position, in one transaction. Parks by itself what cannot be applied: a rejection
   * means that nothing was written, or that nobody knows.
   */
  readonly apply: (changes: readonly Change[], move: PositionMove) => Promise<unknown>;
  /**
   * Where `apply` parks nothing: writes the changes in a transaction that is rolled back. Those that cannot be written are
   * found by it, counted, told of and passed over; without it the entry that holds one is tried again for ever.
   */
  readonly tryOut?: (changes: readonly Change[]) => Promise<unknown>;
}

/** Entries were handed over that do not follow each other: the position would pass those between. */
export class EntryGapError extends Error {
  readonly code = 'entry_gap';

  constructor({ source, stream, from, to }: PositionMove, entries: number) {
    super(`The ${entries} entries of ${source}/${stream} from ${from + 1} to ${to} leave some out.`);
    this.name = 'EntryGapError';
  }
}

interface Received<Change> {
  readonly event: EventRecord;
  readonly change: Change;
}

const plain = <Change>(received: readonly Received<Change>[]) => received.map(({ change }) => change);

/**
 * Makes one consumer of one producer. An event that cannot be read is counted, told of and passed over: waiting for it
 * to become readable would stop everything behind it. It remembers no position: the database refuses a move that was
 * made before, and says after a rejection whether it was made after all. Lag, failures and halts are the bus's to tell.
 */
export function createConsumer<Change>(options: ConsumerOptions<Change>): Subscription {
  const { consumer, source, types, maxEvents, positions, telemetry, translate } = options;
  const setApart = telemetry.counter({
    name: 'events_set_apart_total',
    help: 'Consumed events that could not be written and were passed over.',
    labelNames: ['consumer', 'type'],
  });
  const identities = new Map<number, string>();
  const unreadable = telemetry.counter({
    name: 'events_unreadable_total',
    help: 'Consumed events that could not be read and were passed over.',
    labelNames: ['consumer', 'type'],
  });

  function changesIn(entries: readonly StreamEntry[]): Received<Change>[] {
    const changes: Received<Change>[] = [];
    for (const event of entries.flatMap(({ events }) => events)) {
      const change = translate(event);
      if (change !== undefined) changes.push({ event, change });
      else {
        unreadable.inc({ consumer, type: event.type });
        telemetry.log.error({ eventId: event.id, eventType: event.type }, 'an event cannot be read and is passed over');
      }
    }
    return changes;
  }

  async function apply(entries: readonly StreamEntry[]): Promise<void> {
    const [first] = entries;
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return;
    const { stream } = first;
    const logIdentity = identities.get(stream) ?? '';
    const move = { source, stream, from: first.seq - 1, to: last.seq, logIdentity };
    if (move.to - move.from !== entries.length) throw new EntryGapError(move, entries.length);
    const received = changesIn(entries);
    try {
      await options.apply(plain(received), move);
    } catch (error) {
      const { seq } = await positions.read(source, stream, logIdentity);
      if (seq >= move.to) return;
      await options.apply(plain(await writable(received, error)), move);
    }
  }

  /** Throws the error where nothing that was received is at fault. */
  async function writable(received: readonly Received<Change>[], error: unknown): Promise<Received<Change>[]> {
    const { tryOut } = options;
    if (tryOut === undefined || !isPoison(error)) throw error;
    const faults = await poisonIn(received, (some) => tryOut(plain(some)));
    if (faults.size === 0) throw error;
    for (const [place, fault] of faults) {
      const { id: eventId = '', type = '' } = received[place]?.event ?? {};
      setApart.inc({ consumer, type });
      telemetry.log.error({ err: fault, eventId, eventType: type }, 'an event cannot be written and is passed over');
    }
    return received.filter((_, place) => !faults.has(place));
  }

  return {
    consumer,
    source,
    types,
    ...(maxEvents !== undefined && { maxEvents }),
    incarnation: positions.incarnation,
    async position(stream, logIdentity) {
      identities.set(stream, logIdentity);
      return positions.read(source, stream, logIdentity);
    },
    durable: (stream, logIdentity) => positions.durable(source, stream, logIdentity),
    apply,
  };
}
