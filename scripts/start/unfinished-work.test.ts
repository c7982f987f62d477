import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { unfinishedText, unfinishedWork } from './unfinished-work.ts';

const none = { tasks: 0, workflows: 0, moreWorkflows: false };

test('what an earlier run left is told in full, and nothing of what it did not leave', () => {
  assert.equal(unfinishedText(none), undefined);
  assert.equal(unfinishedText({ ...none, tasks: 1 }), '1 unfinished task');
  assert.equal(unfinishedText({ ...none, workflows: 2 }), '2 unfinished workflows');
  const many = { tasks: 3, workflows: 200, moreWorkflows: true };
  assert.equal(unfinishedText(many), '3 unfinished tasks and at least 200 unfinished workflows');
});

test('a workflow counts while it runs, waits or undoes its steps, although none of its steps is a task now', async () => {
  const workflows: Record<string, { items: unknown[]; nextCursor: string | null }> = {
    running: { items: [{}], nextCursor: null },
    waiting: { items: [{}, {}], nextCursor: null },
    compensating: { items: [{}], nextCursor: 'more' },
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const queues = { items: [{ depth: 1, running: 2, delayed: 3 }] };
    response.end(JSON.stringify(pathname.endsWith('/queues') ? queues : workflows[searchParams.get('status') ?? '']));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const left = await unfinishedWork({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    assert.deepEqual(left, { tasks: 6, workflows: 4, moreWorkflows: true });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
