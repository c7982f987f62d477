import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowBody } from '@taskflow/sdk';
import { judgeCompensation } from './broken-workflow.ts';

type Compensating = readonly [began: number, ended: number];

/** Steps `a` then `b`, both completed, undone at these seconds. */
function compensatedAt(a: Compensating | undefined, b: Compensating | undefined): WorkflowBody {
  const second = (at: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, at)).toISOString();
  const step = (key: string, dependsOn: string[], at: Compensating | undefined) => ({
    key,
    status: 'completed',
    dependsOn,
    ...(at && { compensation: { status: 'completed', startedAt: second(at[0]), finishedAt: second(at[1]) } }),
  });
  return { steps: [step('a', [], a), step('b', ['a'], b)] } as unknown as WorkflowBody;
}

describe('the undoing of a broken workflow', () => {
  it('is right where everything is undone from its end', () => {
    assert.deepEqual(judgeCompensation(compensatedAt([3, 4], [1, 2])), { completed: 2, compensated: 2, wrong: [] });
  });

  it('is wrong where something stands, or is undone too early', () => {
    assert.deepEqual(judgeCompensation(compensatedAt(undefined, [1, 2])).wrong, ['a completed and was not undone']);
    assert.deepEqual(judgeCompensation(compensatedAt([1, 2], [1, 2])).wrong, ['a was undone before b']);
  });
});
