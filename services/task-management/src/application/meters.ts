import type { EventRecord } from '@taskflow/kit-messaging';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { TaskUpdate } from '../domain/task/task-update.ts';
import { isFinalWorkflow } from '../domain/workflow/workflow-status.ts';
import type { InstanceCache } from './advance/instance-cache.ts';
import type { TransactionRecord } from './advance/transaction-record.ts';
import type { CreateCommand } from './commands/creation-writer.ts';
import type { ReadingStore } from './ports/reading-store.ts';
import type { ResultSubscribers } from './queries/result-subscribers.ts';

export interface Meters {
  created(commands: readonly CreateCommand[]): void;
  advanced(record: TransactionRecord, finished: readonly TaskUpdate[]): void;
  /** An event broke its contract and was left out. */
  refused(event: EventRecord): undefined;
}

export interface MeterDependencies {
  readonly cache: InstanceCache;
  readonly subscribers: ResultSubscribers;
  readonly reading: Pick<ReadingStore, 'countStuck'>;
}

export function createMeters(telemetry: Telemetry, { cache, subscribers, reading }: MeterDependencies): Meters {
  const tasksCreated = telemetry.counter({ name: 'tasks_created_total', help: 'Tasks created, steps left out.' });
  const tasksFinished = telemetry.counter({
    name: 'tasks_finished_total',
    help: 'Tasks that reached a final status.',
    labelNames: ['status'],
  });
  const workflowsStarted = telemetry.counter({ name: 'workflows_started_total', help: 'Workflows started.' });
  const workflowsFinished = telemetry.counter({
    name: 'workflows_finished_total',
    help: 'Workflows that reached a final status.',
    labelNames: ['status'],
  });
  const compensationsStuck = telemetry.counter({
    name: 'workflow_compensations_stuck_total',
    help: 'Compensations that failed for good and wait for somebody.',
  });
  const eventsRefused = telemetry.counter({
    name: 'task_management_events_refused_total',
    help: 'Events of other services that broke their contract and were left out.',
    labelNames: ['type'],
  });
  const reportParked = parkedMeter(telemetry, reading);
  telemetry.gauge({
    name: 'workflow_cache_runs',
    help: 'Running workflows held in memory.',
    collect: (gauge) => gauge.set(cache.size),
  });
  telemetry.gauge({
    name: 'task_management_result_subscribers',
    help: 'Callers that wait for an end.',
    collect: (gauge) => gauge.set(subscribers.size),
  });

  return {
    created: (commands) => {
      let tasks = 0;
      let workflows = 0;
      for (const command of commands) {
        if (command.first) workflows += 1;
        else tasks += command.tasks.length;
      }
      if (tasks > 0) tasksCreated.inc(tasks);
      if (workflows > 0) workflowsStarted.inc(workflows);
    },
    advanced: (record, finished) => {
      const counts = new Map<string, number>();
      for (const { status } of finished) if (status) counts.set(status, (counts.get(status) ?? 0) + 1);
      for (const [status, count] of counts) tasksFinished.inc({ status }, count);
      for (const { status } of record.ended) workflowsFinished.inc({ status });
      if (record.started > 0) workflowsStarted.inc(record.started);
      if (record.stuck > 0) compensationsStuck.inc(record.stuck);
      reportParked(record);
    },
    refused: ({ type }) => {
      eventsRefused.inc({ type });
      return undefined;
    },
  };
}

/** What got stuck: counted, told once with its id, and shown as long as it lasts. */
function parkedMeter(telemetry: Telemetry, reading: MeterDependencies['reading']): (record: TransactionRecord) => void {
  const parked = telemetry.counter({
    name: 'task_management_parked_total',
    help: 'Tasks and workflows that got stuck: something about them could not be applied.',
    labelNames: ['kind'],
  });
  telemetry.gauge({
    name: 'task_management_stuck',
    help: 'Tasks and workflows that are stuck and wait for somebody to retry or cancel them.',
    labelNames: ['kind'],
    collect: async (gauge) => {
      // Without a database there is no number; the one of before would be no truth.
      const stuck = await reading.countStuck().catch(() => undefined);
      gauge.reset();
      if (stuck === undefined) return;
      gauge.set({ kind: 'task' }, stuck.tasks);
      gauge.set({ kind: 'workflow' }, stuck.workflows);
    },
  });
  return (record) => {
    for (const { id, fault } of record.parkedTasks) {
      parked.inc({ kind: 'task' });
      telemetry.log.error({ taskId: id, fault: JSON.parse(fault) }, 'a task is stuck');
    }
    for (const { id, fault } of parkedNow(record)) {
      parked.inc({ kind: 'workflow' });
      telemetry.log.error({ workflowId: id, fault: JSON.parse(fault) }, 'a workflow is stuck');
    }
  };
}

function parkedNow({ parked }: TransactionRecord) {
  return [...parked.values()].flatMap(({ id, fault, status }) =>
    fault === undefined || isFinalWorkflow(status) ? [] : [{ id, fault }],
  );
}
