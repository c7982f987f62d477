import { poisonOrThrow } from '@taskflow/kit-messaging-postgres';
import type { TaskRef } from '../../domain/fold-changes.ts';
import { sanitizeError } from '../../domain/task-error.ts';
import type { LeaseRef } from '../../domain/work.ts';
import type { LedgerOutcome } from '../ports/ledger-result.ts';
import type { LedgerStore, Sweep } from '../ports/ledger-store.ts';
import { type Attempt, nothingAffected, together, type Write } from './attempts-at-writing.ts';
import { inTwo } from './command-kind.ts';
import type { CommandOf } from './ledger-command.ts';
import { faultText } from './next-attempts.ts';
import type { StuckWork } from './stuck-work.ts';

export interface GivingUpDependencies {
  readonly write: Write;
  readonly attempt: Attempt;
  readonly store: Pick<LedgerStore, 'lateWork' | 'runningUnder'>;
  readonly sweep: () => Sweep;
  readonly stuck: StuckWork;
  readonly logPoison: (what: string, error: unknown, fields: Record<string, unknown>) => void;
}

type Sweeping = CommandOf<'expire' | 'stage'>;

/** Takes what can neither be rescued, expired nor staged out of the way of the sweeps. */
export function createGivingUp({ write, attempt, store, sweep, stuck, logPoison }: GivingUpDependencies) {
  /** The statement of a sweep finds its rows by itself: it is narrowed down to the one at fault, task by task. */
  async function sweepWithout(command: Sweeping): Promise<LedgerOutcome> {
    return narrowed(command, await store.lateWork(command.kind === 'stage' ? 'due' : command.what, sweep()));
  }

  async function narrowed(command: Sweeping, tasks: readonly TaskRef[]): Promise<LedgerOutcome> {
    const outcomes: LedgerOutcome[] = [];
    for (const part of inTwo(tasks)) {
      const only = part.map(({ taskId }) => taskId);
      const outcome = await write({ ...command, only }).catch(poisonOrThrow);
      if (!('error' in outcome)) outcomes.push(outcome);
      else if (part.length > 1) outcomes.push(await narrowed(command, part));
      else if (part[0]) outcomes.push(await end(command.kind, part[0], outcome.error));
    }
    return together(outcomes);
  }

  /** Ends the task that runs under a lease. */
  async function giveUp(what: string, lease: LeaseRef | undefined, error: unknown): Promise<LedgerOutcome> {
    const task = lease && (await store.runningUnder(lease));
    return task ? end(what, task, error) : nothingAffected;
  }

  /** By name, wherever it stands. Where even that is refused it is left alone. */
  async function end(what: string, task: TaskRef, error: unknown): Promise<LedgerOutcome> {
    const { taskId } = task;
    const fault = sanitizeError({ code: 'execution_fault', message: faultText(error) });
    const outcome = await attempt({ kind: 'give-up', task: { ...task, error: fault } });
    if (outcome) logPoison(what, error, { taskId });
    else if (stuck.add(taskId, error)) logPoison(what, error, { taskId, stuck: true });
    return outcome ?? nothingAffected;
  }

  /** A session that cannot end with a word of it ends without. */
  async function endSilently(session: string, error: unknown): Promise<LedgerOutcome> {
    const outcome = await attempt({ kind: 'end-session', session });
    if (outcome) logPoison('expire-session', error, { workerId: session });
    else if (stuck.add(session, error)) logPoison('expire-session', error, { workerId: session, stuck: true });
    return outcome ? { ...outcome, affected: 1 } : nothingAffected;
  }

  return { sweepWithout, giveUp, endSilently };
}
