// Runs a recorded scientific workflow (WfCommons WfFormat 1.5): every step sleeps for its recorded runtime, divided by
// --speed, and the graph is the recorded one. What remains above the critical path is the price of the engine.
//   npx node examples/src/06-scientific-workflow.ts [file] [--speed 100] [--url http://127.0.0.1:7400]
//   npx node examples/src/06-scientific-workflow.ts --wide 1000
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createHttpApi, type WorkflowBody } from '@taskflow/sdk';
import { openTaskFlow } from './open-taskflow.ts';
import { criticalPathMs, type SleepStep, sleepSteps } from './scientific/inline-workflow.ts';
import { readWfFormat, wideWorkflow } from './scientific/wf-format.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    speed: { type: 'string', default: '100' },
    wide: { type: 'string' },
    slots: { type: 'string' },
  },
});
const file = positionals[0] ?? new URL('../data/peak-survey.json', import.meta.url);
const speed = positive('speed', values.speed);
const { name, steps } = await stepsToRun();
// As many slots as steps, so that what is measured is the graph and not a queue in front of the workers.
const slots = values.slots === undefined ? Math.min(10_000, steps.length) : positive('slots', values.slots);

await using opened = await openTaskFlow({ concurrency: slots, url: values.url });
const api = createHttpApi({ url: opened.url });
const { id } = await api.request<WorkflowBody>({
  method: 'POST',
  path: '/api/v1/workflows',
  body: { name: 'examples.scientific', steps },
});
console.log(`${name}: ${steps.length} steps, ${slots} slots, speed ${speed}`);
const ended = await followed(id);
report(ended);
if (ended.status !== 'completed') process.exitCode = 1;

/** Of the file, or made up for `--wide`; a file that cannot be used ends the program with what is wrong with it. */
async function stepsToRun(): Promise<{ name: string; steps: SleepStep[] }> {
  try {
    const recorded =
      values.wide === undefined
        ? readWfFormat(await readFile(file, 'utf8'))
        : wideWorkflow(positive('wide', values.wide), 100);
    return { name: recorded.name, steps: sleepSteps(recorded, speed) };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

/** Shows how far it is about once a second. */
async function followed(workflowId: string): Promise<WorkflowBody> {
  const path = `/api/v1/workflows/${workflowId}`;
  for (;;) {
    const workflow = await api.request<WorkflowBody>({ method: 'GET', path, waitSeconds: 1 });
    const count = (status: string): number => workflow.steps.filter((step) => step.status === status).length;
    const done = count('completed');
    const bar = '█'.repeat(Math.floor((done / workflow.steps.length) * 30)).padEnd(30, '·');
    console.error(`${bar} ${done}/${workflow.steps.length} done, ${count('running')} running`);
    if (workflow.finishedAt !== undefined) return workflow;
  }
}

function report({ status, steps: ran, createdAt, finishedAt, error }: WorkflowBody): void {
  const makespanMs = Date.parse(finishedAt ?? '') - Date.parse(createdAt);
  const boundMs = criticalPathMs(steps);
  const completed = ran.filter((step) => step.status === 'completed').length;
  console.log(`status: ${status}${error === undefined ? '' : ` (${error.code}: ${error.message})`}`);
  console.log(`steps completed: ${completed} of ${ran.length}`);
  console.log(`makespan: ${(makespanMs / 1_000).toFixed(3)} s`);
  console.log(`critical path (lower bound): ${(boundMs / 1_000).toFixed(3)} s`);
  console.log(`ratio: ${boundMs === 0 ? 'the critical path takes no time' : (makespanMs / boundMs).toFixed(3)}`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`--${name} must be a number above 0, not ${text}`);
  process.exit(2);
}
