import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executionBounds } from '../bounds.ts';
import type { AttemptReport, LedgerCommand } from '../ledger/ledger-command.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { createSettleAttempts } from './settle-attempts.ts';

/** How many reports each command carried. */
async function commandsFor(reports: readonly AttemptReport[]): Promise<number[]> {
  const counts: number[] = [];
  const submit = (command: LedgerCommand) => {
    const count = command.kind === 'settle' ? command.reports.length : 0;
    counts.push(count);
    return Promise.resolve({ statuses: Array.from({ length: count }, () => 'accepted' as const), affected: count });
  };
  const bounds = { ...executionBounds, ledgerRows: 3, ledgerBytes: 100 };
  const settle = createSettleAttempts({ ledger: { submit } as unknown as Ledger, bounds });
  assert.equal((await settle(reports)).length, reports.length);
  return counts;
}

const attempt = { tenantId: 't', taskId: 'a', lease: 'l' };
const failed = (message: string, held?: number): AttemptReport => {
  return { ...attempt, outcome: 'failed', class: 'terminal', error: { code: '', message }, held };
};
const completed = (result: string): AttemptReport => ({ ...attempt, outcome: 'completed', result });

for (const [of, report] of [
  ['results', completed('r'.repeat(50))],
  ['errors', failed('m'.repeat(50))],
  ['work that moves with them', failed('', 50)],
] as const) {
  test(`reports are written in parts of so many bytes of ${of}`, async () => {
    assert.deepEqual(await commandsFor([report, report, report]), [2, 1]);
  });
}

test('reports are written in parts of so many rows', async () => {
  assert.deepEqual(await commandsFor(Array.from({ length: 7 }, () => completed('1'))), [3, 3, 1]);
});
