// A workflow as plain JSON over plain HTTP: no SDK is needed to start and watch one. The steps use the task types that
// every worker has, and read each other's results by reference.
//   npx node examples/src/04-inline-json.ts [--url http://127.0.0.1:7400]
import { openTaskFlow, urlArgument } from './open-taskflow.ts';

interface Workflow {
  readonly status: string;
  readonly output: unknown;
  readonly steps: readonly { readonly key: string; readonly status: string; readonly result?: unknown }[];
}

await using opened = await openTaskFlow({ url: urlArgument() });

const response = await fetch(`${opened.url}/api/v1/workflows`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    name: 'examples.inline',
    input: { order: { id: 'o-7', lines: 3 } },
    steps: [
      { key: 'reserve', type: 'taskflow.noop', payload: { lines: { $from: 'input.order.lines' } } },
      { key: 'wait', type: 'taskflow.sleep', payload: { ms: 50 } },
      {
        key: 'confirm',
        type: 'taskflow.noop',
        dependsOn: ['reserve', 'wait'],
        payload: { order: { $from: 'input.order.id' }, reserved: { $from: 'steps.reserve.result.lines' } },
      },
    ],
  }),
});
console.log(`started: ${response.status}`);
const location = response.headers.get('location') ?? '';

// `Prefer: wait` holds the answer back until the workflow has ended, for at most that many seconds.
const ended = await fetch(new URL(location, opened.url), { headers: { prefer: 'wait=30' } });
const workflow = (await ended.json()) as Workflow;
for (const step of workflow.steps) console.log(`${step.key}: ${step.status} ${JSON.stringify(step.result)}`);
console.log(`workflow: ${workflow.status}`);
console.log(`output: ${JSON.stringify(workflow.output)}`);
