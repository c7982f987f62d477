import type { TaskExecutionEventType } from '@taskflow/contracts-task-execution';
import type { TaskManagementEventType } from '@taskflow/contracts-task-management';
import { contractNamed, contractSection } from './contract-section.ts';
import type { GeneratedFile } from './generated-file.ts';

const taskManagement: Readonly<Record<TaskManagementEventType, string>> = {
  'taskflow.task.created.v1': 'A task may run now. Carries everything that is needed to carry it out.',
  'taskflow.task.scheduled.v1':
    'A task is accepted and due later. The contract stands; nothing publishes it yet, because delayed tasks are not available.',
  'taskflow.task.retry-requested.v1': 'A failed or cancelled task is to run again, under its next generation.',
  'taskflow.task.cancel-requested.v1': 'A task is to end. Whether it still can is decided by task-execution alone.',
  'taskflow.task.cancelled.v1': 'Final: the task was cancelled.',
  'taskflow.task.priority-changed.v1': 'A task that has not ended has another priority.',
  'taskflow.workflow.started.v1': 'A workflow was accepted, with the graph that it keeps to its end.',
  'taskflow.workflow.step-skipped.v1': 'A step will not run.',
  'taskflow.workflow.step-waiting.v1':
    'A step began to wait for time, a signal, an event, a child workflow or its items; nothing runs for it meanwhile.',
  'taskflow.workflow.step-settled.v1': 'A step that waited has ended.',
  'taskflow.workflow.completed.v1': 'Final: every step completed.',
  'taskflow.workflow.failed.v1': 'Final: a step failed for good; no other step is started.',
  'taskflow.workflow.compensating.v1': 'What was done is being undone; no other step is started.',
  'taskflow.workflow.compensated.v1': 'Final: everything that was done and can be undone is undone.',
  'taskflow.workflow.compensation-stuck.v1':
    'A compensation failed for good; the workflow is parked until it is retried or settled by hand.',
  'taskflow.workflow.paused.v1': 'Nothing new starts until the workflow is resumed.',
  'taskflow.workflow.resumed.v1': 'A paused workflow goes on.',
  'taskflow.workflow.retried.v1': 'A workflow that had ended runs again, from the steps named.',
  'taskflow.workflow.cancelled.v1': 'Final: the workflow was cancelled, and its last running step has ended.',
};

const taskExecution: Readonly<Record<TaskExecutionEventType, string>> = {
  'taskflow.task.queued.v1': 'A task stands in its queue.',
  'taskflow.task.started.v1': 'An attempt has been handed to a worker.',
  'taskflow.task.progress-updated.v1': 'The latest progress of an attempt; earlier ones may be left out.',
  'taskflow.task.completed.v1': 'Final: an attempt gave a result.',
  'taskflow.task.failed.v1':
    'Final: no attempt is left, another one would be pointless, or the time for all of them is up.',
  'taskflow.task.retry-scheduled.v1': 'An attempt failed; the next one is due later.',
  'taskflow.task.execution-cancelled.v1': 'The execution ended at a request to cancel; task-management makes it final.',
  'taskflow.task.dead-lettered.v1': 'A task that failed for good was kept among the dead letters.',
  'taskflow.worker.lost.v1': 'A worker gave no sign of life within its lease; its tasks are taken back.',
};

export const eventsReference: GeneratedFile = {
  path: 'docs/reference/events.md',
  command: 'npm run reference',
  render: () => `# Events

Facts that one service promises to the others, versioned by name and changed by addition only. In memory they travel as
they are; where they leave the process they stand in a CloudEvents 1.0 envelope, JSON format: \`id\` is \`eventId\`,
\`source\` is \`/taskflow/<service>\`, \`subject\` is \`tasks/<id>\` or \`workflows/<id>\`, and the extensions are
\`partitionkey\` (events of one key keep their order), \`sequence\` (place in the stream), \`tenantid\`, and where known
\`correlationid\`, \`causationid\` and \`traceparent\`.

${section('task-management', taskManagement)}

${section('task-execution', taskExecution)}
`,
};

function section(owner: string, summaries: Readonly<Record<string, string>>): string {
  const events = Object.entries(summaries).map(([type, summary]) => {
    return `### ${type}\n\n${summary}\n\n${contractSection(contractNamed(owner, `events/v1/${type}`))}`;
  });
  return [`## Published by ${owner}`, ...events].join('\n\n');
}
