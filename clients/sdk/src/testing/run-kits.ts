// A process of a test run: several kits at once, each of which counts what it was told to count.
import { task } from '../definitions/task.ts';
import { testkit } from '../testkit/index.ts';

const [name = '', kits = ''] = process.argv.slice(2);
const count = task({ id: 'count', run: (label: string) => label });

const results = await Promise.all(
  Array.from({ length: Number(kits) }, async (_, number) => {
    await using t = await testkit();
    const labels = Array.from({ length: 5 }, (_item, at) => `${name} ${number} ${at}`);
    const runs = await t.startMany(
      count,
      labels.map((input) => ({ input })),
    );
    await t.advance('1d');
    return await Promise.all(runs.map((run) => run.result()));
  }),
);
process.stdout.write(JSON.stringify(results.flat()));
