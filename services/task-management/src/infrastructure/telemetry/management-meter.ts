import type { Telemetry } from '@taskflow/kit-telemetry';
import type { TransactionRecord } from '../../application/advance/transaction-record.ts';
import type { ManagementMeter } from '../../application/ports/management-meter.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';

export function createManagementMeter(telemetry: Telemetry): ManagementMeter {
  const { tasksCreated, tasksFinished, workflowsStarted, workflowsFinished, compensationsStuck, eventsRefused } =
    metersOf(telemetry);
  const reportParked = parkedMeter(telemetry);
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

function metersOf(telemetry: Telemetry) {
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
  return { tasksCreated, tasksFinished, workflowsStarted, workflowsFinished, compensationsStuck, eventsRefused };
}

/** What got stuck: counted, and told once with its id. */
function parkedMeter(telemetry: Telemetry): (record: TransactionRecord) => void {
  const parked = telemetry.counter({
    name: 'task_management_parked_total',
    help: 'Tasks and workflows that got stuck: something about them could not be applied.',
    labelNames: ['kind'],
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
