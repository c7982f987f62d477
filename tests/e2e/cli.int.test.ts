import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run } from '@taskflow/cli';
import {
  eventuallyHolds,
  type Exit,
  freePort,
  removeDirectory,
  startChild,
  temporaryDirectory,
  usePlatform,
} from './harness/index.ts';

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

  const noop = 'taskflow.noop';
  const undo = { type: noop, payload: 'undone' };
  const failing = { type: 'taskflow.fail', payload: { message: 'no' }, retry: { maxAttempts: 1 } };

  it('pauses, resumes and signals a workflow, and tells what it waits for', async () => {
    const { id } = await platform().api.startWorkflow({
      name: 'cli.approval',
      steps: [
        { key: 'approved', waitForSignal: { signal: 'order.approved', timeout: '1h' } },
        { key: 'end', type: noop, payload: { $from: 'steps.approved.result' }, dependsOn: ['approved'] },
      ],
      output: 'end',
    });
    const got = await taskflow('workflows', 'get', id);
    assert.match(got.stdout, /^status +waiting$/m);
    assert.match(got.stdout, /^ {2}approved +running {2}waits for signal order\.approved until 2\d{3}-/m);
    const waiting = await taskflow('workflows', 'list', '--status', 'waiting', '--name', 'cli.approval', '-o', 'name');
    assert.equal(waiting.stdout, `${id}\n`, waiting.stderr);

    const paused = await taskflow('workflows', 'pause', id, '--reason', 'lunch');
    assert.equal(paused.code, 0, paused.stderr);
    assert.match(paused.stdout, /^status +paused\nreason +lunch$/m);
    assert.equal((await taskflow('workflows', 'pause', id)).code, 4);
    const signalled = await taskflow('workflows', 'signal', id, 'order.approved', '-i', '{"by":"ana"}');
    assert.equal(signalled.code, 0, signalled.stderr);
    assert.equal((await taskflow('workflows', 'signal', id, 'order.refused')).code, 4);
    assert.equal((await platform().api.workflow(id)).status, 'paused');
    const resumed = await taskflow('workflows', 'resume', id);
    assert.equal(resumed.code, 0, resumed.stderr);
    const watched = await taskflow('watch', id);
    assert.deepEqual([watched.code, json(watched.stdout)], [0, { by: 'ana' }], watched.stderr);
  });

  it('emits an event, and says how many steps waited for it', async () => {
    const { api } = platform();
    const key = randomUUID();
    const steps = [{ key: 'scan', waitForEvent: { event: 'cli.scanned', key, timeout: '1h' } }];
    const { id } = await api.startWorkflow({ name: 'cli.parcel', steps, output: 'scan' });
    await api.workflowWith(id, 'waiting');
    const emitted = await taskflow(
      'events',
      'emit',
      'cli.scanned',
      '--key',
      key,
      '-i',
      '{"depot":"BER"}',
      '-o',
      'json',
    );
    assert.deepEqual([emitted.code, json(emitted.stdout)], [0, { matched: 1 }], emitted.stderr);
    assert.deepEqual((await api.settledWorkflow(id)).output, { depot: 'BER' });
    const nobody = await taskflow('events', 'emit', 'cli.scanned', '--key', key);
    assert.match(nobody.stdout, /^matched +0$/m);
  });

  it('shows what a cancel would undo, undoes it, and ends with 7', async () => {
    const { id } = await platform().api.startWorkflow({
      name: 'cli.order',
      steps: [
        { key: 'reserve', type: noop, compensation: undo },
        { key: 'told', type: noop },
        { key: 'nap', sleep: { for: '1h' }, dependsOn: ['reserve', 'told'] },
      ],
    });
    await platform().api.workflowWith(id, 'waiting');
    const plan = await taskflow('workflows', 'plan', id);
    assert.match(plan.stdout, /^0\. reserve +taskflow\.noop {2}completed\ncannot undo +told$/m);
    const cancelled = await taskflow('workflows', 'cancel', id, '--compensate', '--reason', 'regret');
    assert.equal(cancelled.code, 0, cancelled.stderr);
    const watched = await taskflow('watch', id);
    assert.equal(watched.code, 7);
    assert.match(watched.stderr, /was cancelled, and its steps were undone/);
    const got = await taskflow('workflows', 'get', id);
    assert.match(got.stdout, /^status +compensated \(cancel requested\)\nreason +regret$/m);
    assert.match(got.stdout, /^ {2}reserve\/compensation +completed$/m);
  });

  it('ends with 8 at a stuck compensation, and gets it going again', async () => {
    const { id } = await platform().api.startWorkflow({
      name: 'cli.stuck',
      steps: [
        { key: 'a', type: noop, compensation: failing },
        { key: 'b', ...failing, dependsOn: ['a'] },
      ],
    });
    const parked = await taskflow('watch', id);
    assert.equal(parked.code, 8, parked.stdout + parked.stderr);
    assert.match(parked.stderr, /the undoing of a failed for good\. taskflow workflows retry /);
    assert.equal((await taskflow('workflows', 'retry', id)).code, 0);
    assert.equal((await taskflow('watch', id)).code, 8);
    const settled = await taskflow('workflows', 'settle', id, 'a', '--reason', 'by phone');
    assert.equal(settled.code, 0, settled.stderr);
    assert.match(settled.stdout, /^ {2}a\/compensation +settled {2}by phone/m);
    const watched = await taskflow('watch', id);
    assert.equal(watched.code, 7);
    assert.match(watched.stderr, /its steps were undone/);
  });

  it('retries from a step, and counts the items of a fan-out', async () => {
    const { api } = platform();
    const { id } = await api.startWorkflow({
      name: 'cli.retry',
      steps: [
        { key: 'list', type: noop, each: { over: [1, 2, 3] } },
        { key: 'b', ...failing, dependsOn: ['list'] },
      ],
    });
    await api.settledWorkflow(id);
    const latest = await taskflow('workflows', 'retry', id, '--latest');
    assert.equal(latest.code, 4);
    assert.match(latest.stderr, /\[not_registered\]/);
    const retried = await taskflow('workflows', 'retry', id, '--from', 'b');
    assert.equal(retried.code, 0, retried.stderr);
    assert.match(retried.stdout, /^ {2}list +completed {2}3 of 3 items completed$/m);
    const { steps } = await api.settledWorkflow(id);
    const task = await api.task(steps.find(({ key }) => key === 'b')?.taskId ?? '');
    assert.equal(task.generation, 2);
  });

  it('restarts many only when it is told or somebody confirms', async () => {
    const { api } = platform();
    const name = `cli.many-${randomUUID().slice(0, 8)}`;
    const graph = { steps: [{ key: 'a', ...failing }] };
    await api.expect(201, 'POST', '/api/v1/workflow-definitions', { body: { name, version: 1, graph } });
    const filter = ['--status', 'failed', '--name', name];
    const none = await taskflow('workflows', 'restart', ...filter, '-o', 'json');
    assert.deepEqual([none.code, json(none.stdout)], [0, { matched: 0, sample: [] }], none.stderr);
    const ids = await Promise.all([1, 2].map(async () => (await api.startWorkflow({ definition: name })).id));
    const allFailed = () => Promise.all(ids.map(async (id) => api.workflowWith(id, 'failed')));
    await allFailed();

    const shown = await taskflow('workflows', 'restart', ...filter, '--dry-run', '-o', 'name');
    assert.deepEqual([shown.code, shown.stdout.trim().split('\n').sort()], [0, ids.sort()], shown.stderr);
    const alone = await taskflow('workflows', 'restart', ...filter);
    assert.equal(alone.code, 2);
    assert.match(alone.stderr, /2 workflows match: --dry-run shows them, --yes restarts them/);

    const questions: string[] = [];
    const answered = async (answer: string) => {
      const written = { stdout: '', stderr: '' };
      const to = (name: keyof typeof written) => ({ write: (text: string) => void (written[name] += text) });
      const ask = async (question: string) => {
        questions.push(question);
        return answer;
      };
      const streams = { stdout: to('stdout'), stderr: to('stderr'), readStdin: async () => '', ask };
      const line = ['workflows', 'restart', ...filter, '-o', 'json'];
      return { code: await run(line, streams, { url: platform().url, apiKey: undefined }), ...written };
    };
    const declined = await answered('');
    assert.deepEqual(
      [declined.code, declined.stdout, questions],
      [130, '', ['2 workflows match. Restart them? [y/N] ']],
    );
    assert.match(declined.stderr, /nothing was restarted/);
    const confirmed = await answered('y');
    assert.deepEqual([confirmed.code, json(confirmed.stdout).restarted], [0, 2], confirmed.stderr);
    await eventuallyHolds(async () => {
      const tasks = (await allFailed()).map(({ steps }) => api.task(steps[0]?.taskId ?? ''));
      const generations = (await Promise.all(tasks)).map(({ generation }) => generation);
      assert.deepEqual(generations, [2, 2]);
    });

    await api.expect(201, 'POST', '/api/v1/workflow-definitions', {
      body: { name, version: 2, graph: { steps: [{ key: 'a', type: noop }] } },
    });
    const mended = await taskflow('workflows', 'restart', ...filter, '--latest', '--yes', '-o', 'json');
    assert.deepEqual([mended.code, json(mended.stdout).restarted], [0, 2], mended.stderr);
    for (const id of ids) assert.equal((await api.settledWorkflow(id)).version, 2);
  });

  it('names work that no worker takes', async () => {
    const { api } = platform();
    const queue = `cli-${randomUUID().slice(0, 8)}`;
    const { id } = await api.createTask({ type: 'nobody.holds.this', queue });
    await eventuallyHolds(async () => {
      const got = await taskflow('queues', 'get', queue);
      assert.match(got.stdout, /^unserved +nobody\.holds\.this$/m, got.stderr);
    });
    await api.expect(202, 'POST', `/api/v1/tasks/${id}/cancel`);
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
      command: ['clients/cli/src/main.ts', 'worker', file, '--name', id],
      env: { TASKFLOW_URL: platform().url },
    });
    try {
      await worker.line(/worker|connected|registered|ready/i);
      const held = await taskflow('workers', 'get', id);
      assert.ok(held.stdout.includes(`definition  ${id}@1`), held.stdout + held.stderr);
      const started = await taskflow('start', id, '--input', '{"name":"Ada"}', '--wait', '-o', 'json');
      assert.equal(started.code, 0, started.stderr);
      assert.match(started.stdout, /hello Ada/);
    } finally {
      const { code } = await worker.stop();
      assert.equal(code, 0, worker.stderr());
    }
  });
});
