import type { TaskFlow } from '../client/taskflow.ts';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { type Mock, mock, type TestKit, testkit } from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(_proof?: T): void => {};

const charge = task({ id: 'charge', run: ({ amount }: { amount: number }) => ({ charged: amount }) });
const order = workflow({ id: 'order' }, (w) => {
  const paid = w.step('pay', charge, { input: () => ({ amount: 1 }) });
  return w.output({ paid }, (seen) => ({ total: seen.paid.charged }));
});

// A stand-in has the types of the handler.
const mocks: readonly Mock[] = [
  mock(charge, ({ amount }, { attempt }) => ({ charged: amount + attempt })),
  mock(charge, async (_input, { takes }) => {
    await takes('1h');
    return { charged: 1 };
  }),
  // @ts-expect-error the output is not the handler's
  mock(charge, () => ({ charged: 'much' })),
  // @ts-expect-error the input is not the handler's
  mock(charge, ({ price }) => ({ charged: price })),
];

export async function kits(): Promise<void> {
  await using t = await testkit({ mocks });
  holds<Equal<typeof t, TestKit>>();
  const client: TaskFlow = t;
  await client.ready();
  holds<Equal<(typeof inputs)[number], { amount: number }>>();
  const { inputs } = t.calls(charge);
  const { outputs } = await t.crashAtEveryCheckpoint(order, undefined, {
    onWait: (run) => run.result().then(({ total }) => void total.toFixed()),
  });
  holds<Equal<typeof outputs, { total: number }[]>>();
  // @ts-expect-error a span says its unit
  await t.advance('10 minutes');
  // @ts-expect-error the input is not the task's
  await t.crashAtEveryCheckpoint(charge, { amount: 'much' });
}
