import { type FoldedChanges, foldChanges, type WorkChange } from '../../domain/fold-changes.ts';
import type { LeaseRef } from '../../domain/work.ts';
import type { StreamStep } from '../ports/ledger-store.ts';
import type { AttemptReport, LedgerCommand, ProgressReport } from './ledger-command.ts';

type Completion = AttemptReport & { readonly outcome: 'completed' };
type Failed = AttemptReport & { readonly outcome: 'failed' };

/** Where a report came from: its command and its place there. */
export interface ReportPlace {
  readonly command: number;
  readonly item: number;
}

/** A batch of commands, sorted by the statements that carry them out. */
export interface LedgerPlan {
  readonly steps: readonly StreamStep[];
  readonly changes: FoldedChanges;
  readonly completions: readonly Completion[];
  readonly completionPlaces: readonly ReportPlace[];
  readonly failures: readonly Failed[];
  readonly failurePlaces: readonly ReportPlace[];
  readonly lapsing: ReadonlyMap<string, number>;
  readonly leaving: readonly string[];
  readonly rescues: readonly LeaseRef[];
  readonly expireWaiting: boolean;
  readonly expireDelayed: boolean;
  readonly expireOverdue: boolean;
  readonly stage: boolean;
  readonly announcements: readonly LeaseRef[];
  readonly progress: readonly ProgressReport[];
  /** Whether the transaction may publish an event, and must then be on disk before anybody hears of it. */
  readonly mayEmit: boolean;
}

export function planBatch(batch: readonly LedgerCommand[]): LedgerPlan {
  const steps: StreamStep[] = [];
  const changes: WorkChange[] = [];
  const completions: Completion[] = [];
  const completionPlaces: ReportPlace[] = [];
  const failures: Failed[] = [];
  const failurePlaces: ReportPlace[] = [];
  const lapsing = new Map<string, number>();
  const leaving: string[] = [];
  const rescues: LeaseRef[] = [];
  const announcements: LeaseRef[] = [];
  const progress: ProgressReport[] = [];
  const expire = { waiting: false, delayed: false, overdue: false };
  let stage = false;

  batch.forEach((command, index) => {
    switch (command.kind) {
      case 'apply':
        steps.push(command.step);
        for (const change of command.changes) changes.push(change);
        break;
      case 'settle':
        command.reports.forEach((report, item) => {
          if (report.outcome === 'completed') {
            completions.push(report);
            completionPlaces.push({ command: index, item });
          } else {
            failures.push(report);
            failurePlaces.push({ command: index, item });
          }
        });
        break;
      case 'lapse':
        for (const { id, leases } of command.sessions) lapsing.set(id, leases);
        break;
      case 'leave':
        leaving.push(command.session);
        break;
      case 'rescue':
        rescues.push(...command.leases);
        break;
      case 'expire':
        expire[command.what] = true;
        break;
      case 'stage':
        stage = true;
        break;
      case 'announce':
        announcements.push(...command.leases);
        break;
      case 'progress':
        progress.push(...command.reports);
        break;
    }
  });

  const folded = foldChanges(changes);
  const emits =
    completions.length > 0 ||
    failures.length > 0 ||
    rescues.length > 0 ||
    lapsing.size > 0 ||
    announcements.length > 0 ||
    progress.length > 0 ||
    folded.cancels.length > 0 ||
    folded.cancelledOnArrival.length > 0;
  return {
    steps,
    changes: folded,
    completions,
    completionPlaces,
    failures,
    failurePlaces,
    lapsing,
    leaving,
    rescues,
    expireWaiting: expire.waiting,
    expireDelayed: expire.delayed,
    expireOverdue: expire.overdue,
    stage,
    // Progress is about an attempt that consumers know of: what is not announced yet is announced before it.
    announcements: [...announcements, ...progress],
    progress,
    mayEmit: emits || expire.waiting || expire.delayed || expire.overdue,
  };
}
