// A recorded scientific workflow (WfCommons WfFormat 1.5) in which one step fails for good: what had finished is
// undone, each step after everything that followed it.
//   npx node examples/src/08-broken-workflow.ts [file] [--seed 1] [--speed 100] [--url http://127.0.0.1:7400]
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createHttpApi, type WorkflowBody } from '@taskflow/sdk';
import { openTaskFlow } from './open-taskflow.ts';
import { breakAt, judgeCompensation } from './scientific/broken-workflow.ts';
import { sleepSteps } from './scientific/inline-workflow.ts';
import { readWfFormat } from './scientific/wf-format.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    speed: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
});
const file = positionals[0] ?? new URL('../data/peak-survey.json', import.meta.url);
const recorded = readWfFormat(await readFile(file, 'utf8'));
const steps = sleepSteps(recorded, Number(values.speed));
// A multiplier that is coprime to every number of steps here, so that seeds that follow each other break far apart.
const broken = steps[(Number(values.seed) * 7_919) % steps.length]?.key ?? '';

await using opened = await openTaskFlow({ concurrency: Math.min(10_000, steps.length), url: values.url });
const api = createHttpApi({ url: opened.url });
const { id } = await api.request<WorkflowBody>({
  method: 'POST',
  path: '/api/v1/workflows',
  body: { name: 'examples.broken', steps: breakAt(steps, broken), onFailure: 'compensate' },
});
console.log(`${recorded.name}: ${steps.length} steps, ${broken} is broken`);

const path = `/api/v1/workflows/${id}`;
let workflow: WorkflowBody;
do workflow = await api.request<WorkflowBody>({ method: 'GET', path, waitSeconds: 20 });
while (workflow.finishedAt === undefined);

const { completed, compensated, wrong } = judgeCompensation(workflow);
console.log(`status: ${workflow.status}, because of ${workflow.error?.step}`);
console.log(`completed: ${completed}, undone: ${compensated}`);
console.log(wrong.length === 0 ? 'undone in a valid order' : wrong.join('\n'));
if (wrong.length > 0) process.exitCode = 1;
