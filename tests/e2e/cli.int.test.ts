import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Exit, freePort, removeDirectory, startChild, temporaryDirectory, usePlatform } from './harness/index.ts';

describe('the taskflow command', () => {
  const platform = usePlatform();
  let directory = '';
  before(async () => {
    directory = await temporaryDirectory('cli');
  });
  after(() => removeDirectory(directory));

  async function taskflow(...args: string[]): Promise<Exit & { stdout: string; stderr: string }> {
    const child = startChild({ command: ['clients/cli/src/main.ts', ...args], env: { TASKFLOW_URL: platform().url } });
    const exit = await child.exited;
    return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
  }
  const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

  it('lists and gets tasks as JSON, with the fields of the API', async () => {
    const { api } = platform();
    const { id } = await api.createTask({ type: 'taskflow.noop', payload: 'seen by the CLI' });
    await api.settledTask(id);
    const got = await taskflow('tasks', 'get', id, '-o', 'json');
    assert.equal(got.code, 0, got.stderr);
    assert.deepEqual(json(got.stdout), await api.task(id));
    const listed = await taskflow('tasks', 'list', '-o', 'json');
    assert.equal(listed.code, 0, listed.stderr);
    assert.ok(listed.stdout.includes(id));
  });

  for (const noun of ['tasks', 'workflows', 'queues', 'workers']) {
    it(`lists ${noun} as a table`, async () => {
      const listed = await taskflow(noun, 'list');
      assert.equal(listed.code, 0, listed.stderr);
      assert.ok(listed.stdout.length > 0);
    });
  }

  it('watches a workflow to its end', async () => {
    const { id } = await platform().api.startWorkflow({
      name: 'watched',
      steps: [
        { key: 'first', type: 'taskflow.noop' },
        { key: 'second', type: 'taskflow.noop', payload: { last: true }, dependsOn: ['first'] },
      ],
    });
    const watched = await taskflow('watch', id);
    assert.equal(watched.code, 0, watched.stderr);
    assert.deepEqual(json(watched.stdout), { second: { last: true } });
  });

  it('exits with 7 when the run that it waits for fails', async () => {
    const { id } = await platform().api.startWorkflow({
      name: 'fails',
      steps: [{ key: 'bad', type: 'taskflow.fail', payload: { message: 'sold out' }, retry: { maxAttempts: 1 } }],
    });
    const watched = await taskflow('watch', id);
    assert.equal(watched.code, 7, watched.stdout + watched.stderr);
    assert.match(watched.stdout + watched.stderr, /sold out/);
  });

  it('exits with 3 for what does not exist', async () => {
    const got = await taskflow('tasks', 'get', randomUUID());
    assert.equal(got.code, 3, got.stderr);
    assert.equal(got.stdout, '');
  });

  it('exits with 2 for a command that it does not know and suggests the nearest', async () => {
    const result = await taskflow('task', 'list');
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, /tasks/);
  });

  it('exits with 1 when nobody listens, and says where it looked', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const child = startChild({
      command: ['clients/cli/src/main.ts', 'tasks', 'list'],
      env: { TASKFLOW_URL: `http://${nobody}` },
    });
    assert.equal((await child.exited).code, 1, child.stderr());
    assert.ok(child.stderr().includes(nobody), child.stderr());
  });

  it('runs a worker with definitions from a file, starts one and waits for its result', async () => {
    const id = `cli.hello.${randomUUID().slice(0, 8)}`;
    const file = join(directory, 'hello.flow.ts');
    const sdk = new URL('../../clients/sdk/src/index.ts', import.meta.url).href;
    await writeFile(
      file,
      [
        `import { task, workflow } from '${sdk}';`,
        `export const greet = task({ id: '${id}.greet', run: (name) => 'hello ' + name });`,
        `export const hello = workflow({ id: '${id}', version: 1 }, (w) => {`,
        `  const greeting = w.step('greet', greet, { input: ({ input }) => input.name });`,
        `  return w.output({ greeting }, (values) => values);`,
        `});`,
      ].join('\n'),
    );
    const worker = startChild({
      command: ['clients/cli/src/main.ts', 'worker', file],
      env: { TASKFLOW_URL: platform().url },
    });
    try {
      await worker.line(/worker|connected|registered|ready/i);
      const started = await taskflow('start', id, '--input', '{"name":"Ada"}', '--wait', '-o', 'json');
      assert.equal(started.code, 0, started.stderr);
      assert.match(started.stdout, /hello Ada/);
    } finally {
      const { code } = await worker.stop();
      assert.equal(code, 0, worker.stderr());
    }
  });
});
