import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spread, WorkerPool } from './worker-pool.ts';
import { type Capabilities, WorkerSession } from './worker-session.ts';

function worker(id: string, credit: number, over: Partial<Capabilities> = {}): WorkerSession {
  const base = { tenantId: 't', name: id, queues: null, types: ['x'], definitions: [], concurrency: 10 };
  const session = new WorkerSession(id, { ...base, ...over }, 0, 0);
  session.connect();
  session.grant(credit);
  return session;
}
const partition = { tenantId: 't', queue: 'q', type: 'x', definition: '' };
const names = (sessions: readonly (WorkerSession | undefined)[]) => sessions.map((session) => session?.id);

test('work is spread in turns over those with credit, and never beyond it', () => {
  const order = spread([worker('a', 3), worker('b', 1), worker('c', 0)], 10);
  assert.deepEqual(names(order), ['a', 'b', 'a', 'a']);
});

test('a spread reserves what it gives', () => {
  const a = worker('a', 2);
  assert.equal(spread([a], 10).length, 2);
  assert.equal(a.free, 0);
});

test('new work goes round the workers of its partition, past those without credit', () => {
  const pool = new WorkerPool();
  for (const session of [worker('a', 2), worker('b', 0), worker('c', 1), worker('d', 5, { types: ['y'] })])
    pool.add(session);
  const picked = [1, 2, 3, 4].map(() => pool.reserveFor(partition));
  assert.deepEqual(names(picked), ['a', 'c', 'a', undefined]);
});

test('workers that can do the same are one group, whatever the order in which they name it', () => {
  const pool = new WorkerPool();
  pool.add(worker('a', 1, { types: ['x', 'y'], queues: ['p', 'q'] }));
  pool.add(worker('b', 1, { types: ['y', 'x'], queues: ['q', 'p'] }));
  pool.add(worker('c', 1));
  assert.deepEqual(
    pool.withCredit().map(({ sessions }) => names(sessions)),
    [['a', 'b'], ['c']],
  );
});

test('workers that hold different versions are different groups, and each gets the work of its own', () => {
  const pool = new WorkerPool();
  const versions = [1, 2].map((version) => worker(`v${version}`, 5, { definitions: [`orders@${version}`] }));
  for (const session of versions) pool.add(session);
  assert.equal(pool.withCredit().length, 2);
  for (const session of versions) {
    const [definition = ''] = session.capabilities.definitions;
    assert.equal(pool.reserveFor({ ...partition, definition }), session);
    assert.equal(pool.reserveFor({ ...partition, definition }), session);
  }
  assert.equal(pool.reserveFor({ ...partition, definition: 'orders@3' }), undefined);
  assert.ok(!pool.anyFor({ ...partition, definition: 'orders@3' }));
});

test('a worker that left gets nothing more', () => {
  const pool = new WorkerPool();
  const a = worker('a', 1);
  pool.add(a);
  assert.ok(pool.anyFor(partition));
  pool.remove(a);
  assert.equal(pool.reserveFor(partition), undefined);
  assert.deepEqual(pool.withCredit(), []);
});
