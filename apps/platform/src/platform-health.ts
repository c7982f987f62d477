import type { DependencyHealth, Health } from '@taskflow/kit-http';
import type { Trouble } from '@taskflow/kit-lifecycle';
import type { ConsumerState } from '@taskflow/kit-messaging';
import type { Clock } from '@taskflow/kit-time';
import type { DataLock } from './data-lock.ts';

/** What the services share, as it is now. */
export interface SharedParts {
  readonly locks: readonly Pick<DataLock, 'state'>[];
  /** Why the database server does not come back. */
  readonly serverTrouble: Trouble | undefined;
  readonly consumers: readonly ConsumerState[];
  /** Bytes that are free where the data of an embedded server lie. */
  readonly freeBytes: number | undefined;
  readonly worker: Trouble | undefined;
}

/** An entry that fails for so long is not one that lost a race or met a restart of its database. */
const repeatingMs = 5_000;
/** A busy consumer moves many times a second, and an idle one has nothing to move for. */
const standingMs = 30_000;
/** Entries; each may hold thousands of tasks, so this much is never a burst. */
const farBehind = 100_000;
/** Four files of PostgreSQL's log. Where it cannot make the next one it ends, and does not start again. */
const leastFreeBytes = 64 * 1024 * 1024;

const ok: DependencyHealth = { state: 'ok' };

/**
 * Tells of what the services share: the database server, and the bus between them. The disk and the worker process are
 * told of only while they are in trouble. Remembers how far consumers were, to see which of them stand still.
 */
export function createPlatformHealth(clock: Pick<Clock, 'now'>): (parts: SharedParts) => Health {
  const seen = new Map<string, { seq: number; at: number }>();

  /** Since when a consumer that has something to apply has not moved. */
  function standsSince({ consumer, source, stream, seq, lag }: ConsumerState): number {
    const key = `${consumer} ${source} ${stream}`;
    const before = seen.get(key);
    if (before !== undefined && before.seq === seq && lag > 0) return before.at;
    const at = clock.now();
    seen.set(key, { seq, at });
    return at;
  }

  function judge(state: ConsumerState): DependencyHealth | undefined {
    const now = clock.now();
    const stands = standsSince(state);
    const { failingSince, repeats, lastError, haltedBecause, lag } = state;
    const who = `${state.consumer} does not follow ${state.source}`;
    const at = lastError === undefined ? '' : ` at entry ${lastError.seq}`;
    if (haltedBecause !== undefined || state.state === 'halted') {
      return failing(`${who}: it stopped${at}: ${haltedBecause ?? 'nothing else helps'}`, failingSince);
    }
    if (failingSince !== undefined && now - failingSince >= repeatingMs) {
      return failing(`${who}: it failed ${repeats} times${at}: ${lastError?.message ?? ''}`, failingSince);
    }
    if (now - stands >= standingMs) return failing(`${who}: it stands still, ${lag} entries behind`, stands);
    if (lag >= farBehind) return failing(`${who}: it is ${lag} entries behind`);
    return undefined;
  }

  return ({ locks, serverTrouble, consumers, freeBytes, worker }) => ({
    'database-server': serverHealth(locks, serverTrouble),
    'event-bus': together(consumers.map(judge).filter((each) => each !== undefined)),
    ...(freeBytes !== undefined && freeBytes < leastFreeBytes && { 'data-directory': diskHealth(freeBytes) }),
    ...(worker && { worker: { ...failing(worker.reason, worker.since), blocking: false } }),
  });
}

function serverHealth(locks: SharedParts['locks'], trouble: Trouble | undefined): DependencyHealth {
  if (trouble !== undefined) return failing(`it could not be started again: ${trouble.reason}`, trouble.since);
  const bad = locks.find(({ state }) => state !== 'held');
  return bad === undefined ? ok : failing(bad.state);
}

function together(failures: readonly DependencyHealth[]): DependencyHealth {
  if (failures.length === 0) return ok;
  const begun = failures.map(({ since }) => since).filter((since) => since !== undefined);
  const details = failures.map(({ detail }) => detail).join('; ');
  return failing(details, begun.length > 0 ? Math.min(...begun) : undefined);
}

function diskHealth(freeBytes: number): DependencyHealth {
  const [free, least] = [freeBytes, leastFreeBytes].map((bytes) => Math.floor(bytes / 1024 / 1024));
  return failing(`${free} MiB are free for the data, less than ${least} MiB: make room or move the data`);
}

function failing(detail: string, since?: number): DependencyHealth {
  return { state: 'failing', detail, ...(since !== undefined && { since }) };
}
