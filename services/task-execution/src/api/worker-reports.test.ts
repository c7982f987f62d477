import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStrictItems } from '@taskflow/kit-json';
import type { AttemptReport } from '../application/ledger/ledger-command.ts';
import { WorkerSession } from '../domain/worker-session.ts';
import { type ReportedItems, readCompletions, readFailures, readProgress, weighed } from './worker-reports.ts';

const tenant = '00000000-0000-0000-0000-000000000000';
const lease = '7b0f2d6e-35c1-4c6e-9a3b-1f4d8e2a6c90';
const taskId = '01932f5e-8c00-8a1c-9b7d-0f2e4d6c8b1a';
const capabilities = { tenantId: tenant, name: 'w', queues: null, types: ['x'], definitions: [], concurrency: 1 };
const attempt = `"lease":"${lease}","taskId":"${taskId}"`;

function itemsOf(...texts: string[]): ReportedItems {
  const batch = parseStrictItems(`{"items":[${texts.join(',')}]}`, 'items');
  assert.ok(batch.ok);
  return { items: (batch.value as { items: unknown[] }).items, refused: batch.refusedItems };
}

test('ids are values: capitals name the same attempt', () => {
  const upper = `{"lease":"${lease.toUpperCase()}","taskId":"${taskId.toUpperCase()}","result":1}`;
  const { reports } = readCompletions(itemsOf(upper), tenant);
  assert.deepEqual(reports, [{ tenantId: tenant, taskId, lease, outcome: 'completed', result: '1' }]);
});

test('a result that cannot be kept fails its own attempt by name, with its place', () => {
  for (const value of ['9007199254740993', '1e400', '-0', '"a\\u0000b"', '"\\ud800"', '{"k":1,"k":2}']) {
    const bad = `{${attempt},"result":{"id":${value}}}`;
    const { reports, unreadable } = readCompletions(itemsOf(`{${attempt},"result":1}`, bad), tenant);
    assert.deepEqual(unreadable, []);
    assert.equal(reports[0]?.outcome, 'completed');
    const [, failed] = reports;
    assert.ok(failed?.outcome === 'failed');
    assert.deepEqual([failed.class, failed.error.code, failed.lease], ['terminal', 'result_refused', lease]);
    assert.match(failed.error.message, /#\/result\/id/);
  }
});

test('a refusal elsewhere in the item is an invalid report; an item that names no attempt is unreadable', () => {
  const twice = `{${attempt},"skipped":true,"skipped":true}`;
  const { reports, unreadable } = readCompletions(itemsOf(twice, '{"result":-0}', '7'), tenant);
  assert.ok(reports[0]?.outcome === 'failed');
  assert.equal(reports[0].error.code, 'invalid_report');
  assert.deepEqual(unreadable, [1, 2]);
});

test('a failure stays the failure that it is, however its error is written', () => {
  const mended = `{${attempt},"class":"retryable","error":{"code":"x","message":"m\\u0000","details":{"n":1.5}}}`;
  const odd = `{${attempt},"class":"retryable","error":{"code":"x","message":"m","details":{"n":1e999}}}`;
  const { reports } = readFailures(itemsOf(mended, odd), tenant);
  assert.deepEqual(
    reports.map((report) => report.outcome === 'failed' && [report.class, report.error]),
    [
      ['retryable', { code: 'x', message: 'm\uFFFD', details: { n: 1.5 } }],
      ['retryable', { code: 'x', message: 'm', details: { refused: 'number_out_of_range' } }],
    ],
  );
});

test('what an error says is cut as it is read, so that nothing larger waits to be written', () => {
  const long = 'm'.repeat(1_000_000);
  const item = JSON.stringify({
    lease,
    taskId,
    class: 'terminal',
    error: { code: long, message: long, details: long },
  });
  const [report] = readFailures(itemsOf(item), tenant).reports;
  assert.ok(report && JSON.stringify(report).length < 30_000);
});

test('details are not mended where they would be cut anyway', () => {
  const item = `{${attempt},"class":"terminal","error":{"code":"x","message":"m","details":"${'\\u0000'.repeat(16_385)}"}}`;
  const [report] = readFailures(itemsOf(item), tenant).reports;
  assert.ok(report?.outcome === 'failed');
  assert.deepEqual(report.error.details, { refused: 'invalid_string' });
});

test('a report weighs the work that its session holds under its lease', () => {
  const session = new WorkerSession('s', capabilities, 0, 0);
  session.restore({ tenantId: tenant, taskId, lease, bytes: 70 }, 1, 0);
  const { reports } = readCompletions(itemsOf(`{${attempt},"result":1}`), tenant);
  const stranger = { ...reports[0], lease: taskId } as AttemptReport;
  assert.deepEqual(
    weighed([...reports, stranger], session).map(({ held }) => held),
    [70, undefined],
  );
  assert.equal(weighed(reports, undefined)[0]?.held, undefined);
});

test('progress that cannot be read is left out, and its neighbours count', () => {
  const good = `{${attempt},"fraction":0.5}`;
  const { reports, unreadable } = readProgress(
    itemsOf(good, `{${attempt},"fraction":-0}`, `{${attempt},"fraction":2}`),
    tenant,
  );
  assert.deepEqual(reports, [{ tenantId: tenant, taskId, lease, fraction: 0.5 }]);
  assert.deepEqual(unreadable, [1, 2]);
});
