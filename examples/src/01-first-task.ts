// The smallest whole program: define a task, start it, get its result.
//   npx node examples/src/01-first-task.ts [--url http://127.0.0.1:7400]
import { task } from '@taskflow/sdk';
import { z } from 'zod';
import { openTaskFlow, urlArgument } from './open-taskflow.ts';

const greet = task({
  id: 'examples.greet',
  input: z.object({ name: z.string().min(1) }),
  run: ({ name }) => ({ greeting: `Hello, ${name}!` }),
});

await using opened = await openTaskFlow({ definitions: [greet], url: urlArgument() });
const { taskflow } = opened;

// `execute` starts and waits; the task and its result are durable all the same.
const { greeting } = await taskflow.execute(greet, { name: 'Ada' });
console.log(greeting);

// `start` gives a handle, to look at or to wait for later.
const handle = await taskflow.start(greet, { name: 'Grace' }, { tags: { example: 'first-task' } });
console.log((await handle.result({ timeout: '30s' })).greeting);
console.log(`status: ${await handle.status()}`);

// An input that the schema refuses never leaves this process.
await taskflow.start(greet, { name: '' }).catch((error: unknown) => {
  console.log(`refused: ${error instanceof Error ? error.message : String(error)}`);
});
