import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, started } from '../../../testing/workflow-script.ts';
import type { StepDefinition } from './graph.ts';

function fanning(total: number, each: StepDefinition['each'] = {}, more: Omit<StepDefinition, 'key'> = {}) {
  const graph = graphOf({
    all: { type: 'item', each: { over: [], ...each }, ...more },
    next: { dependsOn: ['all'] },
    x: {},
  });
  const script = started(graph);
  const begun = script.after({ type: 'begin-items', step: script.step('all'), total });
  return { ...script, begun };
}

describe('the items of a fan-out', () => {
  test('start all at once unless told otherwise', () => {
    assert.deepEqual(fanning(7).begun, ['items-begun all (total 7, started 7)']);
  });

  test('start as many at once as are allowed, and one for each that ends', () => {
    const { begun, item } = fanning(4, { concurrency: 2 });
    assert.deepEqual(begun, ['items-begun all (total 4, started 2)']);
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)', 'items-started all (from 2, count 1)']);
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)', 'items-started all (from 3, count 1)']);
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)']);
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)', 'items-settled all']);
  });

  test('complete their step once their results are put together', () => {
    const { item, ends } = fanning(1);
    item('all', 'completed');
    assert.deepEqual(ends('all', 'completed'), ['step-completed all', 'step-started next']);
  });

  test('fail their step where the results cannot be put together', () => {
    const { item, ends } = fanning(1);
    item('all', 'completed');
    assert.deepEqual(ends('all', 'failed'), ['step-failed all (unknown)', 'workflow-failed all']);
  });

  test('may be none', () => {
    assert.deepEqual(fanning(0).begun, ['items-begun all (total 0, started 0)', 'items-settled all']);
  });

  test('may fail as often as is tolerated', () => {
    const { item } = fanning(3, { tolerate: 2 });
    item('all', 'failed');
    item('all', 'cancelled');
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)', 'items-settled all']);
  });

  test('that fail more often close the others, and fail their step when those at work have ended', () => {
    const { item, state } = fanning(9, { concurrency: 2, tolerate: 0 });
    assert.deepEqual(item('all', 'failed'), ['item-ended all (failed)', 'items-closed all']);
    assert.equal(state.status, 'running');
    assert.deepEqual(item('all', 'completed'), [
      'item-ended all (completed)',
      'step-failed all (unknown)',
      'workflow-failed all',
    ]);
  });

  test('may fail their step where that is tolerated', () => {
    const { item } = fanning(1, {}, { onError: 'continue' });
    assert.deepEqual(item('all', 'failed').slice(1), ['step-failed all', 'step-started next']);
  });

  test('that a worker skipped count as completed', () => {
    assert.deepEqual(fanning(1).item('all', 'skipped'), ['item-ended all (completed)', 'items-settled all']);
  });

  test('end once: an end too many changes nothing', () => {
    const { item } = fanning(1);
    item('all', 'completed');
    assert.deepEqual(item('all', 'completed'), []);
  });

  test('start no more when the workflow fails, and their step ends as cancelled', () => {
    const { item, ends } = fanning(3, { concurrency: 1 });
    assert.deepEqual(ends('x', 'failed'), ['step-failed x', 'items-closed all', 'workflow-failed x']);
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)', 'step-cancelled all (unknown)']);
  });

  test('go on to their end when the workflow fails and all of them have started', () => {
    const { item, ends } = fanning(1);
    ends('x', 'failed');
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)', 'items-settled all']);
    assert.deepEqual(ends('all', 'completed'), ['step-completed all']);
  });

  test('that are cancelled with their workflow cancel their step, however many failures it tolerates', () => {
    const { item, after } = fanning(1, { tolerate: 5 });
    after({ type: 'cancel', compensate: false });
    assert.deepEqual(item('all', 'cancelled'), ['item-ended all (failed)', 'step-cancelled all']);
  });

  test('start no more while the workflow is paused, and as many as are allowed when it is resumed', () => {
    const { item, after } = fanning(6, { concurrency: 2 });
    after({ type: 'pause' });
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)']);
    assert.deepEqual(item('all', 'completed'), ['item-ended all (completed)']);
    assert.deepEqual(after({ type: 'resume' }), ['workflow-resumed', 'items-started all (from 2, count 2)']);
  });
});
