import type { Counters } from '../counters.ts';
import type { Answer } from '../engine/route-table.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Report } from './handler.ts';
import type { WorkerLedger } from './worker-ledger.ts';

/**
 * What a worker reports without a right to: before it has registered, once more, about a lease of another worker, under
 * one that it made up.
 */
export type Misreport = 'unregistered' | 'again' | 'of another' | 'made up';

export interface Conversation {
  readonly chance: Chance;
  readonly counters: Counters;
  readonly worker: string;
  readonly session: string | undefined;
  /** The worker's latest own one. */
  readonly report: Report | undefined;
  send(kind: string, body: unknown): Promise<Answer | undefined>;
}

/** Nothing may come of it: a report that is believed all the same is remembered. */
export async function misreport(kind: Misreport, conversation: Conversation, ledger: WorkerLedger): Promise<void> {
  const { chance, counters, worker, report, session } = conversation;
  const madeUp = idFrom(chance);
  const others = ledger.executions.filter((execution) => execution.worker !== worker);
  // The lease is the only fence: whoever knows one with its task may report. With another task it is nobody's.
  const lease = kind === 'of another' ? (others.at(-1)?.lease ?? madeUp) : madeUp;
  const item = kind === 'again' ? report?.item : { lease, taskId: report?.item.taskId ?? idFrom(chance), result: kind };
  if (item === undefined) return;
  const answer = await conversation.send(kind === 'again' ? (report?.kind ?? 'complete') : 'complete', {
    session: session ?? madeUp,
    items: [item],
  });
  if (answer === undefined) return;
  counters.hit(`report ${kind}`);
  const outcomes = (answer.body.outcomes ?? []) as { outcome: string }[];
  if (outcomes.some(({ outcome }) => outcome === 'accepted'))
    ledger.dishonest.push(`a report (${kind}) under ${item.lease} was accepted`);
}

function idFrom(chance: Chance): string {
  const hex = (digits: number) =>
    Math.floor(chance.next() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
