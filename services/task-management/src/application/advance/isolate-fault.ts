import { DatabaseError } from '@taskflow/kit-postgres';
import type { ManagementBounds } from '../bounds.ts';
import type { ApplyExecutionEvents, AdvanceCommand, FireWaits } from './advance-command.ts';

/** Two parts that together are the whole; `undefined` for what is about one thing. The position moves with the second. */
export function halve(command: AdvanceCommand): readonly [AdvanceCommand, AdvanceCommand] | undefined {
  if (command.kind === 'apply-execution-events') return halveEvents(command);
  return command.kind === 'fire-waits' ? halveWaits(command) : undefined;
}

/** Says whether less of it can be written at once. */
export function isDivisible(batch: readonly AdvanceCommand[]): boolean {
  const [command] = batch;
  return batch.length > 1 || (command !== undefined && halve(command) !== undefined);
}

function halveEvents({
  events,
  ...command
}: ApplyExecutionEvents): readonly [ApplyExecutionEvents, ApplyExecutionEvents] | undefined {
  if (events.length < 2) return undefined;
  const middle = Math.ceil(events.length / 2);
  return [
    { kind: 'apply-execution-events', move: undefined, events: events.slice(0, middle) },
    { ...command, events: events.slice(middle) },
  ];
}

function halveWaits({ kind, waits }: FireWaits): readonly [FireWaits, FireWaits] | undefined {
  if (waits.length < 2) return undefined;
  const middle = Math.ceil(waits.length / 2);
  return [
    { kind, waits: waits.slice(0, middle) },
    { kind, waits: waits.slice(middle) },
  ];
}

/**
 * The fewest of `ids` without which it works, and of equal ones the last: what was come to later is more likely the
 * cause than what led there. It does not work without leaving any of them out; `works` must hold for all of them.
 * Asks about twice the logarithm of their number for each one that it finds.
 */
export async function leastToLeaveOut(
  ids: readonly string[],
  works: (without: readonly string[]) => Promise<boolean>,
): Promise<readonly string[]> {
  if (ids.length < 2) return ids;
  const middle = Math.ceil(ids.length / 2);
  const early = ids.slice(0, middle);
  const late = ids.slice(middle);
  if (await works(late)) return leastToLeaveOut(late, works);
  if (await works(early)) return leastToLeaveOut(early, works);
  const ofLate = await leastToLeaveOut(late, (some) => works([...early, ...some]));
  return [...(await leastToLeaveOut(early, (some) => works([...some, ...ofLate]))), ...ofLate];
}

/** The server gave up on it, for time or memory: less of the same may well be written. */
export function isExhausted(error: unknown): boolean {
  return error instanceof DatabaseError && error.kind === 'exhausted';
}

export type ExhaustionBounds = Pick<ManagementBounds, 'exhaustions' | 'countedExhaustions'>;

/** Counts how often the server gave up on an event or a timer that stood alone. */
export class Exhaustions {
  readonly #times = new Map<string, number>();
  readonly #max: number;
  readonly #maxCounted: number;

  constructor({ exhaustions, countedExhaustions }: ExhaustionBounds) {
    this.#max = exhaustions;
    this.#maxCounted = countedExhaustions;
  }

  /** Whether what failed is to be looked into: more than one thing is divided, one alone is tried again a few times. */
  areFault(batch: readonly AdvanceCommand[], error: unknown): boolean {
    const [command] = batch;
    if (batch.length > 1 || command === undefined || !isExhausted(error)) return false;
    return halve(command) !== undefined || this.#isTooOften(command);
  }

  #isTooOften(command: AdvanceCommand): boolean {
    const name = nameOf(command);
    if (name === undefined) return false;
    const times = (this.#times.get(name) ?? 0) + 1;
    if (this.#times.size >= this.#maxCounted) this.#times.clear();
    if (times < this.#max) this.#times.set(name, times);
    else this.#times.delete(name);
    return times >= this.#max;
  }
}

/** Callers are told, and ask again or do not. */
function nameOf(command: AdvanceCommand): string | undefined {
  if (command.kind === 'apply-execution-events') return command.events[0]?.eventId;
  const [wait] = command.kind === 'fire-waits' ? command.waits : [];
  return wait && `${wait.workflowId}/${wait.step}`;
}
