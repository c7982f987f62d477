import { http } from '@taskflow/contracts-task-management';
import { type Command, Option } from 'commander';
import { type ContextOf, paged, withId } from './command-shapes.ts';
import { type RestartOptions, restartWorkflows } from './commands/restart-workflows.ts';
import {
  type CancelWorkflowOptions,
  cancelWorkflow,
  pauseWorkflow,
  type ReasonOptions,
  resumeWorkflow,
  retryWorkflow,
  type RetryWorkflowOptions,
  settleCompensation,
  showCompensationPlan,
  type SignalOptions,
  signalWorkflow,
} from './commands/workflow-verbs.ts';
import { getWorkflow, type ListWorkflowsOptions, listWorkflows } from './commands/workflows.ts';
import { parseCount } from './option-values.ts';

const { workflowStatus, restartWorkflows: restart } = http.workflows;

export function addWorkflows(program: Command, context: ContextOf): void {
  const workflows = program.command('workflows').description('look at workflows and act on them');
  paged(workflows.command('list'))
    .addOption(new Option('--status <status>').choices(workflowStatus.options))
    .option('--name <definition>')
    .action((options: ListWorkflowsOptions, command: Command) => listWorkflows(context(command), options));
  withId(workflows, 'get', (command, id) => getWorkflow(context(command), id));
  addEnding(workflows, context);
  addPausing(workflows, context);
  addRunningAgain(workflows, context);
}

function addEnding(workflows: Command, context: ContextOf): void {
  workflows
    .command('cancel')
    .description('ask what runs to end, and start nothing new')
    .argument('<id>')
    .option('--compensate', 'undo what has finished')
    .option('--reason <text>')
    .action((id: string, options: CancelWorkflowOptions, command: Command) =>
      cancelWorkflow(context(command), id, options),
    );
  workflows
    .command('plan')
    .description('what cancel --compensate would undo now')
    .argument('<id>')
    .action((id: string, _options: object, command: Command) => showCompensationPlan(context(command), id));
  workflows
    .command('settle')
    .description('say that the step of a stuck compensation was undone by hand, or needs no undoing')
    .argument('<id>')
    .argument('<step>')
    .requiredOption('--reason <text>', 'is kept')
    .action((id: string, step: string, { reason }: { readonly reason: string }, command: Command) =>
      settleCompensation(context(command), id, step, reason),
    );
}

function addPausing(workflows: Command, context: ContextOf): void {
  workflows
    .command('pause')
    .description('start no further step; what runs goes on')
    .argument('<id>')
    .option('--reason <text>')
    .action((id: string, options: ReasonOptions, command: Command) => pauseWorkflow(context(command), id, options));
  workflows
    .command('resume')
    .description('start what became ready meanwhile')
    .argument('<id>')
    .action((id: string, _options: object, command: Command) => resumeWorkflow(context(command), id));
  workflows
    .command('signal')
    .description('send a signal to the step that waits for it, or to the next one that will')
    .argument('<id>')
    .argument('<name>')
    .option('-i, --input <json>', 'the payload: JSON, @file, or - for standard input')
    .option('--key <key>', 'idempotency key: the same key is the same signal')
    .action((id: string, name: string, options: SignalOptions, command: Command) =>
      signalWorkflow(context(command), id, name, options),
    );
}

function addRunningAgain(workflows: Command, context: ContextOf): void {
  workflows
    .command('retry')
    .description('run what did not complete, or a stuck compensation, again')
    .argument('<id>')
    .option('--from <step>', 'run this step again, and all that follow it')
    .option('--latest', 'go on with the latest registered version')
    .action((id: string, options: RetryWorkflowOptions, command: Command) =>
      retryWorkflow(context(command), id, options),
    );
  workflows
    .command('restart')
    .description('retry all the workflows that these options find; asks before it restarts more than one')
    .addOption(new Option('--status <status>').choices(restart.shape.filter.shape.status.options).makeOptionMandatory())
    .option('--name <definition>')
    .option('--definition-version <n>', 'those of this version of the definition', parseCount)
    .option('--created-after <instant>', 'RFC 3339')
    .option('--created-before <instant>', 'RFC 3339')
    .option('--latest', 'go on with the latest registered version')
    .option('--limit <n>', 'most of them (default 1000)', parseCount)
    .option('--dry-run', 'show how many it finds and some of them')
    .option('--yes', 'do not ask')
    .action((options: RestartOptions, command: Command) => restartWorkflows(context(command), options));
}
