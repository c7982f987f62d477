import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowBody } from '@taskflow/sdk';
import { createTerminal } from './terminal.ts';
import { type Pieces, stepLines } from './workflow-lines.ts';

type Step = WorkflowBody['steps'][number];

const nowhere = { write: () => true };
const terminal = createTerminal({ stdout: nowhere, stderr: nowhere, readStdin: () => Promise.resolve('') }, 'table');
const charge: Step = { key: 'charge', type: 'payments.charge', status: 'running', dependsOn: [], attempts: 1 };
const shown = (step: Partial<Step>) =>
  stepLines([{ ...charge, ...step }], terminal).map(([subject, line]) => [subject, textOf(line)]);
const textOf = (line: Pieces): string => line.map((piece) => (typeof piece === 'string' ? piece : piece.word)).join('');
const until = '2026-01-01T00:00:00.000Z';

describe('the lines of a step', () => {
  it('tell its status, its attempt, its progress and why it failed', () => {
    assert.deepEqual(shown({}), [['  charge', 'running']]);
    const progress = { fraction: 0.25, message: 'packing' };
    assert.deepEqual(shown({ attempts: 2, progress }), [['  charge', 'running (attempt 2) 25% packing']]);
    const error = { code: 'card_declined', message: 'no' };
    assert.deepEqual(shown({ status: 'failed', error }), [['  charge', 'failed  card_declined: no']]);
  });

  for (const [waitsFor, line] of [
    [{ kind: 'sleep', until }, `running  sleeps until ${until}`],
    [{ kind: 'signal', name: 'approved', until }, `running  waits for signal approved until ${until}`],
    [{ kind: 'event', name: 'scanned', key: '7' }, 'running  waits for event scanned 7'],
  ] as const) {
    it(`tell what it waits for: ${waitsFor.kind}`, () => {
      assert.deepEqual(shown({ waitsFor }), [['  charge', line]]);
    });
  }

  it('count the items of a fan-out, and name what else than completed only where there is some', () => {
    const waitsFor = { kind: 'items' } as const;
    const items = { total: 40, completed: 12, failed: 1, running: 3 };
    assert.deepEqual(shown({ waitsFor, items }), [
      ['  charge', 'running  12 of 40 items completed, 1 failed, 3 running'],
    ]);
    const all = { total: 40, completed: 40, failed: 0, running: 0 };
    assert.deepEqual(shown({ status: 'completed', items: all }), [['  charge', 'completed  40 of 40 items completed']]);
  });

  it('name the child', () => {
    assert.deepEqual(shown({ waitsFor: { kind: 'child' }, childId: 'c1' }), [['  charge', 'running  child c1']]);
  });

  it('have one of its own for what undoes it', () => {
    const completed: Partial<Step> = { status: 'completed' };
    assert.deepEqual(shown({ ...completed, compensation: { status: 'running', attempts: 3 } }), [
      ['  charge', 'completed'],
      ['  charge/compensation', 'running (attempt 3)'],
    ]);
    const error = { code: 'bank_closed', message: 'come back' };
    const [, stuck] = shown({ ...completed, compensation: { status: 'failed', attempts: 1, error } });
    assert.deepEqual(stuck, ['  charge/compensation', 'failed  bank_closed: come back']);
    const [, settled] = shown({ ...completed, compensation: { status: 'settled', attempts: 1, reason: 'by phone' } });
    assert.deepEqual(settled, ['  charge/compensation', 'settled  by phone']);
  });
});
