import { isPoison } from '@taskflow/kit-messaging-postgres';
import type { Log } from '@taskflow/kit-telemetry';
import type { WorkChange } from '../../domain/fold-changes.ts';
import type { ExecutionMeter } from '../ports/execution-meter.ts';
import { faultText } from './attempt-follow-up.ts';
import type { AttemptReport, LedgerCommand, LedgerOutcome, Verdict } from './ledger-command.ts';

export interface IsolationDependencies {
  /** Writes one command in a transaction of its own. */
  readonly write: (command: LedgerCommand) => Promise<LedgerOutcome>;
  /** Carries changes out in a transaction that is rolled back; rejects as the real one would. */
  readonly tryOut: (changes: readonly WorkChange[]) => Promise<void>;
  readonly meter: ExecutionMeter;
  readonly log: Log;
}

type Command<K extends LedgerCommand['kind']> = Extract<LedgerCommand, { kind: K }>;

const nothingMoved: LedgerOutcome = { verdicts: [], moved: 0 };

/**
 * One command that cannot be written although nothing passing is in its way: what is at fault in it is cut out, told of,
 * and the rest of it is written. The position of a consumed stream moves in the transaction of that rest.
 */
export function createIsolation({ write, tryOut, meter, log }: IsolationDependencies) {
  /** What is wrong with each of these changes that cannot be applied, by its place. */
  async function poisonIn(changes: readonly WorkChange[], from = 0): Promise<Map<number, unknown>> {
    if (changes.length === 0) return new Map();
    const fault = await tryOut(changes).then(() => undefined, poisonOrThrow);
    if (!fault) return new Map();
    if (changes.length === 1) return new Map([[from, fault.error]]);
    const middle = Math.ceil(changes.length / 2);
    const early = await poisonIn(changes.slice(0, middle), from);
    return new Map([...early, ...(await poisonIn(changes.slice(middle), from + middle))]);
  }

  async function apply(command: Command<'apply'>, error: unknown): Promise<LedgerOutcome> {
    const found = await poisonIn(command.changes);
    // Each fits alone and all together do not: then all of them are.
    const faults = found.size > 0 ? found : new Map(command.changes.map((_, place) => [place, error]));
    for (const [place, fault] of faults) tell('change', fault, { change: nameOf(command.changes[place]) });
    const rest = command.changes.flatMap((change, place) => {
      return faults.has(place) ? refusalOf(change, faults.get(place)) : [change];
    });
    const refused = rest.filter(({ kind }) => kind === 'refuse');
    return firstThatWorks([rest, refused, []].map((changes) => ({ ...command, changes })));
  }

  async function settle(command: Command<'settle'>, error: unknown): Promise<LedgerOutcome> {
    const [report, ...others] = command.reports;
    if (!report) return nothingMoved;
    if (others.length > 0) return inHalves(command.reports, (reports) => ({ kind: 'settle', reports }));
    tell('report', error, { taskId: report.taskId });
    const { moved, verdicts } = await firstThatWorks([{ kind: 'settle', reports: [unwritable(report, error)] }]);
    return { moved, verdicts: verdicts.length > 0 ? verdicts : (['superseded'] satisfies Verdict[]) };
  }

  async function inHalves<T>(items: readonly T[], command: (items: readonly T[]) => LedgerCommand) {
    const middle = Math.ceil(items.length / 2);
    const halves = [command(items.slice(0, middle)), command(items.slice(middle))];
    const outcomes: LedgerOutcome[] = [];
    for (const half of halves) outcomes.push(await write(half).catch((error: unknown) => isolate(half, error)));
    return {
      verdicts: outcomes.flatMap(({ verdicts }) => verdicts),
      moved: outcomes.reduce((sum, { moved }) => sum + moved, 0),
    };
  }

  async function firstThatWorks(commands: readonly LedgerCommand[]): Promise<LedgerOutcome> {
    for (const command of commands) {
      const outcome = await write(command).catch((error: unknown) => {
        poisonOrThrow(error);
        tell(command.kind, error, {});
        return undefined;
      });
      if (outcome) return outcome;
    }
    return nothingMoved;
  }

  function tell(what: string, error: unknown, fields: Record<string, unknown>): void {
    meter.isolated(what);
    log.error({ err: error, what, ...fields }, 'what cannot be written was set apart; everything else goes on');
  }

  /** Gives what the command came to without what cannot be written of it; rejects where the fault may pass. */
  async function isolate(command: LedgerCommand, error: unknown): Promise<LedgerOutcome> {
    poisonOrThrow(error);
    switch (command.kind) {
      case 'apply':
        return apply(command, error);
      case 'settle':
        return settle(command, error);
      case 'rescue':
        if (command.leases.length > 1) return inHalves(command.leases, (leases) => ({ kind: 'rescue', leases }));
        break;
      case 'announce':
        if (command.leases.length > 1) return inHalves(command.leases, (leases) => ({ kind: 'announce', leases }));
        break;
      case 'progress':
        if (command.reports.length > 1) return inHalves(command.reports, (reports) => ({ kind: 'progress', reports }));
        break;
      case 'lapse':
        if (command.sessions.length > 1) return inHalves(command.sessions, (sessions) => ({ kind: 'lapse', sessions }));
        break;
      default:
        throw error;
    }
    tell(command.kind, error, {});
    return nothingMoved;
  }

  return isolate;
}

function poisonOrThrow(error: unknown): { readonly error: unknown } {
  if (!isPoison(error)) throw error;
  return { error };
}

/** Work that cannot be put in line ends by name; any other change of it is left out. */
function refusalOf(change: WorkChange, fault: unknown): WorkChange[] {
  if (change.kind !== 'arrive' || isThereAlready(fault)) return [];
  const { tenantId, taskId, generation, queue, type } = change.work;
  const error = { code: 'task_not_executable', message: faultText(fault) };
  return [{ kind: 'refuse', work: { tenantId, taskId, generation, queue, type, options: null, error } }];
}

/** Work that is in line or running must not be ended because it is announced again. */
function isThereAlready(fault: unknown): boolean {
  return (fault as { sqlstate?: unknown } | null)?.sqlstate === '23505';
}

function unwritable({ tenantId, taskId, lease }: AttemptReport, fault: unknown): AttemptReport {
  const error = { code: 'result_refused', message: faultText(fault) };
  return { tenantId, taskId, lease, outcome: 'failed', class: 'terminal', error };
}

function nameOf(change: WorkChange | undefined): string {
  if (!change) return 'none';
  return `${change.kind} ${'work' in change ? change.work.taskId : change.taskId}`;
}
