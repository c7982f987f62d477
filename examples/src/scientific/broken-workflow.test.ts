import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowBody } from '@taskflow/sdk';
import { judgeUndoing } from './broken-workflow.ts';

type Undoing = readonly [began: number, ended: number];

/** Steps `a` then `b`, both completed, undone at these seconds. */
function undoneAt(a: Undoing | undefined, b: Undoing | undefined): WorkflowBody {
  const second = (at: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, at)).toISOString();
  const step = (key: string, dependsOn: string[], at: Undoing | undefined) => ({
    key,
    status: 'completed',
    dependsOn,
    ...(at && { compensation: { status: 'completed', startedAt: second(at[0]), finishedAt: second(at[1]) } }),
  });
  return { steps: [step('a', [], a), step('b', ['a'], b)] } as unknown as WorkflowBody;
}

describe('the undoing of a broken workflow', () => {
  it('is right where everything is undone from its end', () => {
    assert.deepEqual(judgeUndoing(undoneAt([3, 4], [1, 2])), { completed: 2, undone: 2, wrong: [] });
  });

  it('is wrong where something stands, or is undone too early', () => {
    assert.deepEqual(judgeUndoing(undoneAt(undefined, [1, 2])).wrong, ['a completed and was not undone']);
    assert.deepEqual(judgeUndoing(undoneAt([1, 2], [1, 2])).wrong, ['a was undone before b']);
  });
});
