import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventuallyHolds, publishedDescription, usePlatform } from './harness/index.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { responses: Record<string, unknown>; summary?: string }>>;
}

const promised: readonly [method: string, path: string][] = [
  ['post', '/api/v1/tasks'],
  ['post', '/api/v1/tasks/batch'],
  ['get', '/api/v1/tasks/{id}'],
  ['get', '/api/v1/tasks'],
  ['post', '/api/v1/tasks/{id}/cancel'],
  ['post', '/api/v1/tasks/{id}/retry'],
  ['patch', '/api/v1/tasks/{id}'],
  ['post', '/api/v1/workflows'],
  ['get', '/api/v1/workflows/{id}'],
  ['get', '/api/v1/workflows'],
  ['get', '/api/v1/workflows/{id}/graph'],
  ['post', '/api/v1/workflows/{id}/cancel'],
  ['get', '/api/v1/workflow-definitions'],
  ['post', '/api/v1/workflow-definitions'],
  ['get', '/api/v1/workflow-definitions/{name}'],
  ['get', '/api/v1/queues'],
  ['get', '/api/v1/queues/{name}'],
  ['post', '/api/v1/queues/{name}/pause'],
  ['post', '/api/v1/queues/{name}/resume'],
  ['patch', '/api/v1/queues/{name}'],
  ['get', '/api/v1/workers'],
  ['get', '/api/v1/dead-letters'],
  ...['register', 'claim', 'heartbeat', 'progress', 'complete', 'fail'].map((verb): [string, string] => [
    'post',
    `/api/v1/worker/${verb}`,
  ]),
];

describe('what operators see', () => {
  const platform = usePlatform();

  it('is alive and ready, and /health names each dependency', async () => {
    const { api } = platform();
    await api.expect(200, 'GET', '/livez');
    await api.expect(200, 'GET', '/readyz');
    const health = await api.call<{ status: string; dependencies: Record<string, { state: string }> }>(
      'GET',
      '/health',
    );
    assert.equal(health.status, 200, health.text);
    assert.deepEqual(health.body, {
      status: 'ok',
      dependencies: {
        'platform.database-server': { state: 'ok' },
        'platform.event-bus': { state: 'ok' },
        'task-management.database': { state: 'ok' },
        'task-execution.database': { state: 'ok' },
      },
    });
    assert.ok(!/postgres(ql)?:\/\/|password/i.test(health.text), 'health gives a connection string away');
  });

  it('counts executions and their durations in the Prometheus format', async () => {
    const { api } = platform();
    const tasks = await api.createTasks(Array.from({ length: 7 }, () => ({ type: 'taskflow.noop', queue: 'counted' })));
    for (const { id } of tasks) await api.settledTask(id);
    await eventuallyHolds(async () => {
      const { text, status, headers } = await api.call('GET', '/metrics');
      assert.equal(status, 200);
      assert.match(headers.get('content-type') ?? '', /text\/plain|openmetrics/);
      const counted = text
        .split('\n')
        .find((line) => /task_executions_total\{.*queue="counted".*\}/.test(line) && line.includes('completed'));
      assert.match(counted ?? '', / 7$/, text.slice(0, 3000));
      assert.match(text, /task_duration_seconds_bucket\{.*le="/);
      assert.ok(!text.includes(tasks[0]?.id ?? '-'), 'an id is a label');
    });
  });

  it('describes every promised route in OpenAPI 3.1', async () => {
    const { api } = platform();
    const document = await api.expect<OpenApi>(200, 'GET', '/openapi.json');
    assert.match(document.openapi, /^3\.1/);
    assert.deepEqual(document, publishedDescription());
    for (const [method, path] of promised)
      assert.ok(document.paths[path]?.[method] !== undefined, `${method} ${path} is missing`);
  });

  it('serves every route that OpenAPI describes', async () => {
    const { api } = platform();
    const document = await api.expect<OpenApi>(200, 'GET', '/openapi.json');
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods)) {
        const concrete = path
          .replaceAll(/\{id\}/g, '00000000-0000-4000-8000-000000000000')
          .replaceAll(/\{\w+\}/g, 'none');
        const answer = await api.call(method.toUpperCase(), concrete, method === 'get' ? {} : { body: { no: 'such' } });
        assert.notEqual(answer.status, 405, `${method} ${path}`);
        assert.ok(answer.status < 500, `${method} ${path} answered ${answer.status}: ${answer.text}`);
        if (answer.status === 404) assert.notEqual(answer.body?.code, 'not_available', `${method} ${path}`);
      }
    }
  });

  it('continues the caller’s request id and makes one where there is none', async () => {
    const { api } = platform();
    const own = await api.call('GET', '/livez', { headers: { 'x-request-id': 'from-the-caller' } });
    assert.equal(own.headers.get('x-request-id'), 'from-the-caller');
    const made = await api.call('GET', '/api/v1/tasks');
    assert.ok((made.headers.get('x-request-id') ?? '').length >= 8);
    const hostile = await api.call('GET', '/livez', { headers: { 'x-request-id': 'x'.repeat(5000) } });
    assert.ok((hostile.headers.get('x-request-id') ?? '').length <= 200);
  });
});
