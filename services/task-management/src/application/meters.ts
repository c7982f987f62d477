import type { EventRecord } from '@taskflow/kit-messaging';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Settlement } from '../domain/task/settlement.ts';
import { isFinalWorkflow } from '../domain/workflow/workflow-status.ts';
import type { Turn } from './advance/turn-desk.ts';
import type { WorkflowRuns } from './advance/workflow-runs.ts';
import type { CreateCommand } from './commands/creation-writer.ts';
import type { ReadingStore } from './ports/reading-store.ts';
import type { Waiters } from './queries/waiters.ts';

export interface Meters {
  created(commands: readonly CreateCommand[]): void;
  advanced(turn: Turn, finished: readonly Settlement[]): void;
  /** An event broke its contract and was left out. */
  refused(event: EventRecord): undefined;
}

export interface MeterDependencies {
  readonly runs: WorkflowRuns;
  readonly waiters: Waiters;
  readonly reading: Pick<ReadingStore, 'countStuck'>;
}

export function createMeters(telemetry: Telemetry, { runs, waiters, reading }: MeterDependencies): Meters {
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
  const tellParked = parkedMeter(telemetry, reading);
  telemetry.gauge({
    name: 'workflow_cache_runs',
    help: 'Running workflows held in memory.',
    collect: (gauge) => gauge.set(runs.size),
  });
  telemetry.gauge({
    name: 'task_management_waiters',
    help: 'Callers that wait for an end.',
    collect: (gauge) => gauge.set(waiters.size),
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
    advanced: (turn, finished) => {
      const counts = new Map<string, number>();
      for (const { status } of finished) if (status) counts.set(status, (counts.get(status) ?? 0) + 1);
      for (const [status, count] of counts) tasksFinished.inc({ status }, count);
      for (const { status } of turn.ended) workflowsFinished.inc({ status });
      if (turn.started > 0) workflowsStarted.inc(turn.started);
      if (turn.stuck > 0) compensationsStuck.inc(turn.stuck);
      tellParked(turn);
    },
    refused: ({ type }) => {
      eventsRefused.inc({ type });
      return undefined;
    },
  };
}

/** What got stuck: counted, told once with its id, and shown as long as it lasts. */
function parkedMeter(telemetry: Telemetry, reading: MeterDependencies['reading']): (turn: Turn) => void {
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
  return (turn) => {
    for (const { id, fault } of turn.parkedTasks) {
      parked.inc({ kind: 'task' });
      telemetry.log.error({ taskId: id, fault: JSON.parse(fault) }, 'a task is stuck');
    }
    for (const { id, fault } of parkedNow(turn)) {
      parked.inc({ kind: 'workflow' });
      telemetry.log.error({ workflowId: id, fault: JSON.parse(fault) }, 'a workflow is stuck');
    }
  };
}

function parkedNow({ parked }: Turn) {
  return [...parked.values()].flatMap(({ id, fault, status }) =>
    fault === undefined || isFinalWorkflow(status) ? [] : [{ id, fault }],
  );
}
