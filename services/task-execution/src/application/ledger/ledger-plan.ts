import { needsProof } from '../../domain/completion.ts';
import { type FoldedChanges, foldChanges, type WorkChange } from '../../domain/fold-changes.ts';
import type { LeaseRef } from '../../domain/work.ts';
import type { StreamStep } from '../ports/ledger-store.ts';
import type { AttemptReport, LedgerCommand, ProgressReport, UnworkableTask } from './ledger-command.ts';

type Completion = AttemptReport & { readonly outcome: 'completed' };

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
  /** Failures, and completions that their tasks may not be allowed: their rows are taken whole, and tell. */
  readonly examined: readonly AttemptReport[];
  readonly examinedPlaces: readonly ReportPlace[];
  readonly lapsing: ReadonlyMap<string, number>;
  readonly leaving: readonly string[];
  readonly rescues: readonly LeaseRef[];
  readonly expireWaiting: boolean;
  readonly expireDelayed: boolean;
  readonly expireOverdue: boolean;
  readonly stage: boolean;
  /** Of the sweeps: ids of the only tasks that they may take. */
  readonly only: readonly string[] | undefined;
  readonly givenUp: readonly UnworkableTask[];
  readonly announcements: readonly LeaseRef[];
  readonly progress: readonly ProgressReport[];
  /** Whether the transaction may publish an event, and must then be on disk before anybody hears of it. */
  readonly mayEmit: boolean;
}

/** A plan while it is being collected. */
interface Draft {
  readonly steps: StreamStep[];
  readonly changes: WorkChange[];
  readonly completions: Completion[];
  readonly completionPlaces: ReportPlace[];
  readonly examined: AttemptReport[];
  readonly examinedPlaces: ReportPlace[];
  readonly lapsing: Map<string, number>;
  readonly leaving: string[];
  readonly rescues: LeaseRef[];
  readonly announcements: LeaseRef[];
  readonly progress: ProgressReport[];
  readonly expire: Set<'waiting' | 'delayed' | 'overdue'>;
  stage: boolean;
  only: readonly string[] | undefined;
  readonly givenUp: UnworkableTask[];
}

export function planBatch(batch: readonly LedgerCommand[]): LedgerPlan {
  const draft: Draft = {
    steps: [],
    changes: [],
    completions: [],
    completionPlaces: [],
    examined: [],
    examinedPlaces: [],
    lapsing: new Map(),
    leaving: [],
    rescues: [],
    announcements: [],
    progress: [],
    expire: new Set(),
    stage: false,
    only: undefined,
    givenUp: [],
  };
  batch.forEach((command, index) => collect(command, index, draft));
  const changes = foldChanges(draft.changes);
  const { expire, announcements, progress } = draft;
  return {
    ...draft,
    changes,
    expireWaiting: expire.has('waiting'),
    expireDelayed: expire.has('delayed'),
    expireOverdue: expire.has('overdue'),
    // Progress is about an attempt that consumers know of: what is not announced yet is announced before it.
    announcements: [...announcements, ...progress],
    mayEmit: mayEmit(draft, changes),
  };
}

function collect(command: LedgerCommand, index: number, draft: Draft): void {
  switch (command.kind) {
    case 'apply':
      if (command.step) draft.steps.push(command.step);
      for (const change of command.changes) draft.changes.push(change);
      break;
    case 'settle':
      command.reports.forEach((report, item) => collectReport(report, { command: index, item }, draft));
      break;
    case 'lapse':
      for (const { id, leases } of command.sessions) draft.lapsing.set(id, leases);
      break;
    case 'leave':
      draft.leaving.push(command.session);
      break;
    case 'rescue':
      draft.rescues.push(...command.leases);
      break;
    case 'expire':
      draft.expire.add(command.what);
      draft.only = command.only;
      break;
    case 'stage':
      draft.stage = true;
      draft.only = command.only;
      break;
    case 'give-up':
      draft.givenUp.push(command.task);
      break;
    case 'announce':
      draft.announcements.push(...command.leases);
      break;
    case 'progress':
      draft.progress.push(...command.reports);
      break;
  }
}

function collectReport(report: AttemptReport, place: ReportPlace, draft: Draft): void {
  if (report.outcome === 'completed' && !needsProof(report)) {
    draft.completions.push(report);
    draft.completionPlaces.push(place);
  } else {
    draft.examined.push(report);
    draft.examinedPlaces.push(place);
  }
}

function mayEmit(draft: Draft, changes: FoldedChanges): boolean {
  const { completions, examined, rescues, announcements, progress, givenUp } = draft;
  const publishing = [completions, examined, rescues, announcements, progress, givenUp];
  if (publishing.some((list) => list.length > 0) || draft.lapsing.size > 0 || draft.expire.size > 0) return true;
  return [changes.cancels, changes.cancelledOnArrival, changes.refused].some((list) => list.length > 0);
}
