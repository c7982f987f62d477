import { poisonIn, poisonOrThrow } from '@taskflow/kit-messaging-postgres';
import type { Log } from '@taskflow/kit-telemetry';
import { sanitizeError } from '../../domain/task-error.ts';
import type { WorkChange } from '../../domain/fold-changes.ts';
import type { ExecutionMeter } from '../ports/execution-meter.ts';
import type { LedgerOutcome } from '../ports/ledger-result.ts';
import { createAttempt, nothingAffected, together } from './attempts-at-writing.ts';
import { halves } from './command-kinds.ts';
import { createGivingUp, type GivingUpDependencies } from './give-up.ts';
import type { AttemptReport, CommandOf, LedgerCommand } from './ledger-command.ts';
import { faultText } from './next-attempts.ts';

/** Carries changes out in a transaction that is rolled back; rejects as the real one would. */
type TryOut = (changes: readonly WorkChange[]) => Promise<void>;

export interface IsolationDependencies extends Omit<GivingUpDependencies, 'attempt' | 'logPoison'> {
  readonly tryOut: TryOut;
  readonly meter: ExecutionMeter;
  readonly log: Log;
}

/**
 * Isolates what is at fault in one command that cannot be written although nothing passing is in its way: that is cut
 * out, told of, and the rest of the command is written. The position of a consumed stream moves in the transaction of
 * that rest. Work that cannot be carried on ends by name; what cannot even be ended is left alone.
 */
export function createIsolation(deps: IsolationDependencies) {
  const { write, tryOut, meter, log } = deps;
  const attempt = createAttempt(write);
  const { giveUp, sweepWithout, endSilently } = createGivingUp({ ...deps, attempt, logPoison });

  async function apply(command: CommandOf<'apply'>, error: unknown): Promise<LedgerOutcome> {
    const found = await poisonIn(command.changes, tryOut);
    // Each fits alone and all together do not: then all of them are.
    const faults = found.size > 0 ? found : new Map(command.changes.map((_, place) => [place, error]));
    for (const [place, fault] of faults) logPoison('change', fault, { change: nameOf(command.changes[place]) });
    const rest = command.changes.flatMap((change, place) => {
      return faults.has(place) ? refusalOf(change, faults.get(place)) : [change];
    });
    const refused = rest.filter(({ kind }) => kind === 'refuse');
    return firstThatWorks([rest, refused, []].map((changes) => ({ ...command, changes })));
  }

  async function settle(report: AttemptReport, error: unknown): Promise<LedgerOutcome> {
    const settled = await attempt({ kind: 'settle', reports: [unwritable(report, error)] });
    if (settled) {
      logPoison('report', error, { taskId: report.taskId });
      return settled;
    }
    const { affected } = await giveUp('report', report, error);
    return { affected, statuses: [affected > 0 ? 'accepted' : 'superseded'] };
  }

  async function each(commands: readonly LedgerCommand[]): Promise<LedgerOutcome> {
    const outcomes: LedgerOutcome[] = [];
    for (const command of commands) {
      outcomes.push(await write(command).catch((error: unknown) => isolate(command, error)));
    }
    return together(outcomes);
  }

  async function firstThatWorks(commands: readonly LedgerCommand[]): Promise<LedgerOutcome> {
    for (const command of commands) {
      const outcome = await attempt(command, (error) => logPoison(command.kind, error, {}));
      if (outcome) return outcome;
    }
    return nothingAffected;
  }

  function logPoison(what: string, error: unknown, fields: Record<string, unknown>): void {
    meter.isolated(what);
    log.error({ err: error, what, ...fields }, 'what cannot be written was set apart; everything else goes on');
  }

  function passOver({ kind }: LedgerCommand, error: unknown): LedgerOutcome {
    logPoison(kind, error, {});
    return nothingAffected;
  }

  /** Gives what the command came to without what cannot be written of it; rejects where the fault may pass. */
  async function isolate(command: LedgerCommand, error: unknown): Promise<LedgerOutcome> {
    poisonOrThrow(error);
    const parts = halves(command);
    return parts.length > 0 ? each(parts) : isolateAlone(command, error);
  }

  async function isolateAlone(command: LedgerCommand, error: unknown): Promise<LedgerOutcome> {
    switch (command.kind) {
      case 'apply':
        return apply(command, error);
      case 'settle':
        return command.reports[0] ? settle(command.reports[0], error) : nothingAffected;
      case 'rescue':
        return giveUp('rescue', command.leases[0], error);
      case 'expire':
      case 'stage':
        return sweepWithout(command);
      case 'announce':
      case 'progress':
        return passOver(command, error);
      case 'expire-sessions':
        return endSilently(command.sessions[0]?.id ?? '', error);
      case 'end-session':
      case 'give-up':
        throw error;
    }
    return command satisfies never;
  }

  return isolate;
}

/** Work that cannot be queued ends by name; any other change of it is left out. */
function refusalOf(change: WorkChange, fault: unknown): WorkChange[] {
  if (change.kind !== 'arrive' || isThereAlready(fault)) return [];
  const { tenantId, taskId, generation, queue, type } = change.work;
  const error = { code: 'task_not_executable', message: faultText(fault) };
  return [{ kind: 'refuse', work: { tenantId, taskId, generation, queue, type, options: null, error } }];
}

/** Work that is queued or running must not be ended because it is announced again. */
function isThereAlready(fault: unknown): boolean {
  return (fault as { sqlstate?: unknown } | null)?.sqlstate === '23505';
}

function unwritable({ tenantId, taskId, lease }: AttemptReport, fault: unknown): AttemptReport {
  const error = sanitizeError({ code: 'result_refused', message: faultText(fault) });
  return { tenantId, taskId, lease, outcome: 'failed', class: 'terminal', error };
}

function nameOf(change: WorkChange | undefined): string {
  if (!change) return 'none';
  return `${change.kind} ${'work' in change ? change.work.taskId : change.taskId}`;
}
