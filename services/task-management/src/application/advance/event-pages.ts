import type { AdvanceTransaction, EventMeasure, EventPage, MatchedWait } from '../ports/advance-store.ts';
import type { AdvanceCommand, DeliverEvent, PublishEvent } from './advance-command.ts';
import { matchWait } from './end-waits.ts';
import { onBehalf } from './on-behalf.ts';
import { rowBytes, type TurnBounds } from './turn-budget.ts';
import type { Desk } from './turn-desk.ts';

/** What events of a batch met. */
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
  bounds: TurnBounds,
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
    if (command.type === 'deliver-event') return true;
    if (command.type !== 'publish-event') return false;
    const name = `${command.tenantId}\0${command.name}\0${command.key}`;
    const isFirst = !names.has(name);
    names.add(name);
    return isFirst;
  });
}

/** Each wait that an event ends gets its payload as a result. All together take half of the turn at most. */
function pageOf(command: EventCommand, { rows, bytes, eventWaits }: TurnBounds, events: number): EventPage {
  const { name, key, payload } = command.type === 'deliver-event' ? command.delivery : command;
  const most = Math.floor(Math.min(eventWaits, rows / 2, bytes / 2 / (payload.length + rowBytes)) / events);
  const range = command.type === 'deliver-event' ? command.delivery : { above: null, upTo: null };
  return { tenantId: command.tenantId, name, key, above: range.above, upTo: range.upTo, most: Math.max(1, most) };
}

/** Ends the waits of an event's page, and leaves the others to later turns. Gives how many there were. */
export function meetEvent(desk: Desk, command: EventCommand, { matched, pages }: MetEvents): number {
  const met = pages.get(command);
  if (met === undefined) return 0;
  const { page, place, measure } = met;
  const { payload } = command.type === 'deliver-event' ? command.delivery : command;
  const mine = matched.filter(({ event }) => event === place);
  desk.budget.charge('fresh', { rows: mine.length, bytes: mine.length * (payload.length + rowBytes) });
  for (const wait of mine) onBehalf(desk, { id: wait.workflowId }, () => matchWait(desk, wait, payload));
  const last = mine.reduce((greatest, { number }) => Math.max(greatest, number), 0);
  const isFull = mine.length >= page.most;
  if (command.type === 'deliver-event') {
    const { tenantId, id, above } = command.delivery;
    if (isFull) desk.writes.moveDelivery({ tenantId, id, above, next: last });
    else desk.writes.endDelivery({ tenantId, id });
    return mine.length;
  }
  const { waiting = 0, upTo = 0 } = measure ?? {};
  if (waiting > mine.length) {
    const { tenantId, name, key } = command;
    desk.writes.leaveDelivery({ tenantId, id: desk.context.emission.nextId(), name, key, payload, above: last, upTo });
  }
  return waiting;
}
