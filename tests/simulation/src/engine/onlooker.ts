import type { EventBus, StreamEntry } from '@taskflow/kit-messaging';
import { createPositions } from '@taskflow/kit-messaging-postgres';
import { type Database, type DatabaseOptions, ServerRuns } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import { type ServiceName, serviceNames, type Store } from '../database/simulation-server.ts';
import type { Chance } from '../kernel/chance.ts';

export const onlooker = 'onlooker';

/** Under what name its position in a stream lies in the database of the other service. */
export const watchedBy = (source: string): string => `${onlooker}:${source}`;

/** What it looks at; of everything else it is told that there was an entry. */
export const watchedTypes = [
  'taskflow.task.created.v1',
  'taskflow.task.completed.v1',
  'taskflow.task.failed.v1',
  'taskflow.workflow.completed.v1',
];

/** Ids of the events of each entry that it has seen, by source and number; survives every crash. */
export type Sight = Map<string, readonly string[]>;

export interface OnlookerOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly telemetry: Telemetry;
  readonly stores: Readonly<Record<ServiceName, Store>>;
  readonly openDatabase: (options: DatabaseOptions) => Database;
  readonly sight: Sight;
  readonly inTrouble: () => boolean;
}

/** A second consumer of both streams: slower than the services, and at times it stands still for seconds. */
export function subscribeOnlooker(options: OnlookerOptions): void {
  for (const source of serviceNames) {
    const [other] = serviceNames.filter((name) => name !== source);
    subscribe(options, source, options.stores[other as ServiceName]);
  }
}

function subscribe(options: OnlookerOptions, source: ServiceName, store: Store): void {
  const { bus, clock, chance, telemetry, sight, inTrouble } = options;
  const database = options.openDatabase({
    url: store.url,
    name: watchedBy(source),
    poolSize: 1,
    profile: 'general',
    incarnation: new ServerRuns(),
    telemetry,
    clock,
  });
  const positions = createPositions({ database });
  let identity = '';

  async function apply(entries: readonly StreamEntry[]): Promise<void> {
    if (inTrouble()) await clock.sleep(chance.happens(0.1) ? chance.between(1_000, 7_000) : chance.span(20));
    for (const { seq, events } of entries) {
      const ids = events.map(({ id }) => id);
      sight.set(`${source}/${seq}`, ids);
    }
    const { stream } = entries[0] as StreamEntry;
    const { seq } = await positions.read(watchedBy(source), stream, identity);
    const fresh = entries.filter((entry) => entry.seq > seq);
    const last = fresh.at(-1)?.seq;
    if (last === undefined) return;
    await database.transaction(
      (tx) => positions.advance(tx, { source: watchedBy(source), stream, from: seq, to: last, logIdentity: identity }),
      {
        durability: 'asynchronous',
      },
    );
  }

  bus.subscribe({
    consumer: onlooker,
    source,
    types: watchedTypes,
    incarnation: positions.incarnation,
    position: (stream, given) => {
      identity = given;
      return positions.read(watchedBy(source), stream, given);
    },
    durable: (stream, given) => positions.durable(watchedBy(source), stream, given),
    apply,
    maxEvents: 5,
  });
}
