import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { queue } from '../definitions/queue.ts';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { ConflictError } from '../errors.ts';
import { type FakePlatform, fakePlatform, fakeSession } from '../testing/fake-platform.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { createWorker, type Worker } from './create-worker.ts';
import { systemClock } from './worker-clock.ts';

const work = task({ id: 'work', run: () => 1 });
const inner = workflow({ id: 'inner', version: 3 }, (w) =>
  w.output({ a: w.step('a', work, { input: () => 1 }) }, ({ a }) => a),
);
const outer = workflow({ id: 'outer' }, (w) =>
  w.output({ a: w.child('a', inner, { input: () => undefined }) }, () => 1),
);

interface Registration {
  readonly name: string;
  readonly replace?: boolean;
}
const registrations = ({ requests }: FakePlatform): Registration[] =>
  requests.filter(({ path }) => path === '/api/v1/workflow-definitions').map(({ body }) => body as Registration);

/** Refuses the graph of `outer` unless it may replace the one that is there. */
function conflicting(platform: FakePlatform): void {
  const difference = {
    added: ['pay'],
    removed: ['charge'],
    changed: [{ step: 'a', members: ['dependsOn', 'retry'] }],
    graph: ['onFailure'],
  };
  platform.answer(({ body }) => {
    const { name, replace } = body as Registration;
    if (name !== 'outer' || replace === true) return { status: 200, body: {} };
    return {
      status: 409,
      body: { code: 'definition_conflict', title: 'Conflict', status: 409, detail: 'no', difference },
    };
  });
}

async function drained(platform: FakePlatform, worker: Worker, running: Promise<void>): Promise<void> {
  platform.settleAll();
  await worker.drain(0);
  await running;
}

describe('a worker that starts', () => {
  it('registers workflows after those that they start, and says that it holds them all', async () => {
    await using platform = await fakePlatform();
    const worker = createWorker({ url: platform.url, definitions: [outer, queue({ id: 'q' })], log: recordingLog() });
    const running = worker.run();
    const registered = await (await platform.connection()).register();
    assert.deepEqual(
      registrations(platform).map(({ name }) => name),
      ['inner', 'outer'],
    );
    assert.deepEqual(registered.definitions, ['inner@3', 'outer@1']);
    await drained(platform, worker, running);
  });

  it('registers again where the server began a new session, for its data may be new', async () => {
    await using platform = await fakePlatform();
    const worker = createWorker({ url: platform.url, definitions: [outer], log: recordingLog() });
    const running = worker.run();
    const first = await platform.connection();
    await first.register();
    first.drop();
    const second = await platform.connection();
    assert.equal((await second.register()).session, fakeSession);
    assert.equal(registrations(platform).length, 2);
    const again = Promise.withResolvers<void>();
    platform.answer(() => {
      if (registrations(platform).length === 4) again.resolve();
      return { status: 200, body: {} };
    });
    second.drop();
    const third = await platform.connection();
    await third.register({ session: fakeSession.replace('a', 'b') });
    await again.promise;
    assert.deepEqual(
      registrations(platform)
        .map(({ name }) => name)
        .slice(2),
      ['inner', 'outer'],
    );
    await drained(platform, worker, running);
  });

  const options = (platform: FakePlatform, log = recordingLog()) => ({ url: platform.url, definitions: [outer], log });

  it('refuses a graph that changed under the same version in production, and says what differs', async () => {
    await using platform = await fakePlatform();
    conflicting(platform);
    const environment = { clock: systemClock, random: () => 0, production: true };
    await assert.rejects(createWorker(options(platform), environment).run(), (error: unknown) => {
      assert.ok(error instanceof ConflictError);
      assert.equal(error.code, 'definition_changed');
      assert.match(
        error.message,
        /added: pay; removed: charge; changed: a \(dependsOn, retry\); beside the steps: onFailure/,
      );
      return true;
    });
    assert.deepEqual(
      registrations(platform).map(({ replace }) => replace),
      [undefined, undefined],
    );
  });

  it('puts it in the place of the other one elsewhere, with a warning that says what differs', async () => {
    await using platform = await fakePlatform();
    conflicting(platform);
    const log = recordingLog();
    const environment = { clock: systemClock, random: () => 0, production: false };
    const worker = createWorker(options(platform, log), environment);
    const running = worker.run();
    await (await platform.connection()).register();
    assert.deepEqual(
      registrations(platform).map(({ name, replace }) => [name, replace]),
      [
        ['inner', undefined],
        ['outer', undefined],
        ['outer', true],
      ],
    );
    const [warning] = log.lines.filter(({ level }) => level === 'warn');
    assert.match(warning?.message ?? '', /"outer" version 1 .*added: pay.*takes the place/);
    await drained(platform, worker, running);
  });
});
