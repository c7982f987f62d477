import type { EventRecord } from '@taskflow/kit-messaging';
import type { LedgerOutcome, LedgerResult, ReportStatus } from '../ports/ledger-result.ts';
import type { LedgerCommand } from './ledger-command.ts';
import type { DecidedRow } from './decision.ts';
import { type NextAttempts, nextAttempts } from './next-attempts.ts';

/** All that a transaction has decided: what is written, what is published, and what its commands are answered. */
export interface Outcomes extends Omit<LedgerResult, 'entries' | 'firstDueMs'> {
  readonly events: readonly EventRecord[];
  readonly next: NextAttempts;
}

/** Joins what was decided row by row. */
export function decideOutcomes(commands: readonly LedgerCommand[], rows: readonly DecidedRow[]): Outcomes {
  const decisions = rows.map(({ decision }) => decision);
  const all = <T>(of: (decision: DecidedRow['decision']) => T | undefined): T[] =>
    decisions.flatMap((decision) => of(decision) ?? []);
  return {
    outcomes: outcomesOf(commands, rows),
    events: decisions.flatMap(({ events = [] }) => events),
    ended: all(({ ended }) => ended),
    next: nextAttempts(all(({ next }) => next)),
    openPartitions: new Set(all(({ openPartition }) => openPartition)),
    refilled: all(({ refilled }) => refilled),
    expiredSessions: all(({ expiredSession }) => expiredSession),
  };
}

/** A report is superseded unless a row was found for it. */
function outcomesOf(commands: readonly LedgerCommand[], rows: readonly DecidedRow[]): LedgerOutcome[] {
  const outcomes = commands.map((command) => ({
    statuses: command.kind === 'settle' ? command.reports.map((): ReportStatus => 'superseded') : [],
    affected: 0,
  }));
  for (const { origin } of rows.flatMap(({ items }) => items)) {
    const outcome = origin && outcomes[origin.command];
    if (!outcome) continue;
    outcome.affected += 1;
    if (origin.place < outcome.statuses.length) outcome.statuses[origin.place] = 'accepted';
  }
  return outcomes;
}
