// The engine inside your program, and what durable means: a workflow outlives the process that started it.
//   npx node examples/src/05-embedded.ts
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTaskFlow, task, workflow } from '@taskflow/sdk';

const double = task({ id: 'examples.double', run: ({ n }: { n: number }) => ({ n: n * 2 }) });
const twice = workflow({ id: 'examples.twice' }, (w) => {
  const first = w.step('first', double, { input: () => ({ n: 5 }) });
  const second = w.step('second', double, { needs: { first }, input: (seen) => seen.first });
  return w.output({ second }, (seen) => seen.second.n);
});

const dataDir = await mkdtemp(join(tmpdir(), 'taskflow-example-'));
try {
  const id = await startWithoutWorker();
  console.log('the first engine has stopped; nothing has run yet');
  await finishWithWorker(id);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

/** An engine that only accepts work, and stops. */
async function startWithoutWorker(): Promise<string> {
  await using taskflow = createTaskFlow({ definitions: [twice], dataDir, worker: false });
  const handle = await taskflow.start(twice, undefined);
  console.log(`first engine: ${await handle.status()}`);
  return handle.id;
}

/** Another engine on the same data, with a worker: the work goes on where it stood. */
async function finishWithWorker(id: string): Promise<void> {
  await using taskflow = createTaskFlow({ definitions: [twice], dataDir });
  const handle = await taskflow.handle(twice, id);
  console.log(`second engine: result ${await handle.result({ timeout: '60s' })}`);
}
