import { rowBytes } from '../../domain/workflow/allowance.ts';
import type { TransactionBounds } from '../bounds.ts';
import type { AdvanceTransaction, EventMeasure, EventPage, MatchedWait } from '../ports/advance-store.ts';
import type { AdvanceCommand, DeliverEvent, PublishEvent } from './advance-command.ts';
import type { TransactionParts } from './transaction-parts.ts';
import type { WriteSet } from './write-set.ts';

/** The waits that events of a batch met. */
export interface MetEvents {
  readonly matched: readonly MatchedWait[];
  /** By command; none of one whose waits another event of the batch has. */
  readonly pages: ReadonlyMap<AdvanceCommand, MetEvent>;
}

interface MetEvent {
  readonly page: EventPage;
  /** Its place among the pages. */
  readonly place: number;
  /** Of an event that has just come. */
  readonly measure: EventMeasure | undefined;
}

type EventCommand = PublishEvent | DeliverEvent;

/**
 * Takes a page of the waits of each event. An event meets the waits that there are when it comes, each once: what begins
 * to wait later has a greater number, and the pages after the first end with the number that was the last then.
 */
export async function takePages(
  tx: AdvanceTransaction,
  batch: readonly AdvanceCommand[],
  bounds: TransactionBounds,
): Promise<MetEvents> {
  const commands = eventsOf(batch);
  if (commands.length === 0) return { matched: [], pages: new Map() };
  const pages = commands.map((command) => pageOf(command, bounds, commands.length));
  const fresh = pages.filter(({ above }) => above === null);
  const [measures, matched] = await Promise.all([
    fresh.length === 0 ? [] : tx.measureEventWaits(fresh),
    tx.takeEventWaits(pages),
  ]);
  const met = commands.map((command, place): [AdvanceCommand, MetEvent] => {
    const page = pages[place] as EventPage;
    return [command, { page, place, measure: page.above === null ? measures[fresh.indexOf(page)] : undefined }];
  });
  return { matched, pages: new Map(met) };
}

/** Of those of one name and key that come together, the first has all waits. */
function eventsOf(batch: readonly AdvanceCommand[]): EventCommand[] {
  const names = new Set<string>();
  return batch.filter((command): command is EventCommand => {
    if (command.kind === 'deliver-event') return true;
    if (command.kind !== 'publish-event') return false;
    const name = `${command.tenantId}\0${command.name}\0${command.key}`;
    const isFirst = !names.has(name);
    names.add(name);
    return isFirst;
  });
}

/** Each wait that an event ends gets its payload as a result. All together take half of the transaction at most. */
function pageOf(command: EventCommand, { rows, bytes, eventWaits }: TransactionBounds, events: number): EventPage {
  const { name, key, payload } = command.kind === 'deliver-event' ? command.delivery : command;
  const maxWaits = Math.floor(Math.min(eventWaits, rows / 2, bytes / 2 / (payload.length + rowBytes)) / events);
  const range = command.kind === 'deliver-event' ? command.delivery : { above: null, upTo: null };
  return {
    tenantId: command.tenantId,
    name,
    key,
    above: range.above,
    upTo: range.upTo,
    maxWaits: Math.max(1, maxWaits),
  };
}

/** Ends the waits of an event's page, and leaves the others to later transactions. Gives how many there were. */
export function meetEvent(
  { mailbox, writes, budget }: Pick<TransactionParts, 'mailbox' | 'writes' | 'budget'>,
  command: EventCommand,
  { matched, pages }: MetEvents,
): number {
  const met = pages.get(command);
  if (met === undefined) return 0;
  const { payload } = command.kind === 'deliver-event' ? command.delivery : command;
  const mine = matched.filter(({ event }) => event === met.place);
  budget.fresh.charge(mine.length, mine.length * (payload.length + rowBytes));
  for (const { tenantId, workflowId, step } of mine) {
    mailbox.deliver({ tenantId, id: workflowId }, { kind: 'event', step, payload });
  }
  const last = mine.reduce((greatest, { number }) => Math.max(greatest, number), 0);
  if (command.kind === 'publish-event') return leaveRest(writes, command, met, mine.length, last);
  const { tenantId, id, above } = command.delivery;
  if (mine.length < met.page.maxWaits) writes.rows.endedDeliveries.push({ tenantId, id });
  else {
    writes.rows.movedDeliveries.push({ tenantId, id, above, next: last });
    writes.delivers = true;
  }
  return mine.length;
}

/** The event meets the rest of its waits in later transactions; whoever sent it is told how many it meets. */
function leaveRest(
  writes: WriteSet,
  { tenantId, name, key, payload }: PublishEvent,
  { measure }: MetEvent,
  met: number,
  above: number,
): number {
  const { waiting = 0, upTo = 0 } = measure ?? {};
  if (waiting <= met) return waiting;
  writes.rows.deliveries.push({ tenantId, id: writes.emission.nextId(), name, key, payload, above, upTo });
  writes.delivers = true;
  writes.needsReceipt = true;
  return waiting;
}
