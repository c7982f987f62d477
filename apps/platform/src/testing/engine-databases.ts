import { createDatabase, type Database, type DatabaseOptions, loadStatements } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { borrowDatabase, holdDatabaseClock } from '@taskflow/kit-testing';
import { systemClock } from '@taskflow/kit-time';
import { taskExecutionMigrations, taskExecutionSettings } from '@taskflow/task-execution';
import { taskManagementMigrations } from '@taskflow/task-management';
import type { ServiceName } from '../database-server.ts';

/** How things stand in the databases of one engine. */
export interface Standing {
  /** What moves by itself, each as a person would say it; empty when nothing does. */
  readonly moving: readonly string[];
  /** Attempts in the hands of workers. */
  readonly leased: number;
  /** The next instant at which time alone moves something, in epoch milliseconds. */
  readonly nextDueAt: number | undefined;
}

/** The databases of one engine, and the time in them. */
export interface EngineDatabases {
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** Opens a pool that outlives engines: who comes next finds its connections open and their statements prepared. */
  openDatabase(options: DatabaseOptions): Database;
  /** `types` are those that the test's worker holds. */
  look(types: readonly string[]): Promise<Standing>;
  /** Lets time stand at an instant, in epoch milliseconds. */
  moveTo(epochMs: number): Promise<void>;
  /** Workers that are connected now will not be heard again: their sessions end when their time has come. */
  forsakeSessions(): Promise<void>;
  giveBack(): void;
}

interface StateRow {
  readonly written: number;
  readonly applied: number;
  readonly overdue: number;
  readonly next_due: number | null;
}
interface ExecutionRow extends StateRow {
  readonly leased: number;
  readonly waiting: number;
}

const pools = new Map<string, Database>();
const telemetry = silentTelemetry();

function pooled(options: DatabaseOptions): Database {
  const key = `${options.name} ${options.url}`;
  const known = pools.get(key);
  const pool = known ?? createDatabase({ ...options, telemetry, clock: systemClock, keepsProcessAlive: false });
  pools.set(key, pool);
  return { ...pool, stop: () => Promise.resolve() };
}

export async function borrowEngineDatabases(serverUrl: string): Promise<EngineDatabases> {
  const sql = loadStatements(new URL('./queries/', import.meta.url), [
    'execution-state',
    'management-state',
    'move-execution-time',
    'session-ids',
  ]);
  const [management, execution] = await Promise.all([
    borrowDatabase(serverUrl, taskManagementMigrations),
    borrowDatabase(serverUrl, taskExecutionMigrations),
  ]);
  const { overdueGraceMs } = taskExecutionSettings.parse({});
  let forsaken = '{}';

  async function look(types: readonly string[]): Promise<Standing> {
    const [[ours], [theirs]] = await Promise.all([
      management.control.query<StateRow>(sql['management-state']),
      execution.control.query<ExecutionRow>(sql['execution-state'], [arrayText(types), forsaken, overdueGraceMs]),
    ]);
    if (ours === undefined || theirs === undefined) throw new Error('a state without a row');
    const moving = [
      counted(
        ours.written - theirs.applied,
        'event of task-management is not applied',
        'events of task-management are not applied',
      ),
      counted(
        theirs.written - ours.applied,
        'event of task-execution is not applied',
        'events of task-execution are not applied',
      ),
      counted(theirs.waiting, 'task waits for the worker', 'tasks wait for the worker'),
      counted(
        theirs.overdue,
        'pause, timeout or session is over and not acted upon',
        'pauses, timeouts or sessions are over and not acted upon',
      ),
      counted(
        ours.overdue,
        'wait of a workflow is over and not acted upon',
        'waits of workflows are over and not acted upon',
      ),
    ].filter((text) => text !== undefined);
    const due = [ours.next_due, theirs.next_due].filter((at) => at !== null);
    return { moving, leased: theirs.leased, nextDueAt: due.length === 0 ? undefined : Math.min(...due) };
  }

  return {
    urls: { 'task-management': management.url, 'task-execution': execution.url },
    openDatabase: pooled,
    look,
    moveTo: async (epochMs) => {
      await Promise.all([
        holdDatabaseClock(management.control, epochMs),
        execution.control.query(sql['move-execution-time'], [epochMs, forsaken]),
      ]);
    },
    forsakeSessions: async () => {
      const rows = await execution.control.query<{ id: string }>(sql['session-ids']);
      forsaken = arrayText(rows.map(({ id }) => id));
    },
    giveBack: () => {
      management.giveBack();
      execution.giveBack();
    },
  };
}

function counted(count: number, one: string, many: string): string | undefined {
  return count > 0 ? `${count} ${count === 1 ? one : many}` : undefined;
}

/** An array literal of texts. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join()}}`;
}
