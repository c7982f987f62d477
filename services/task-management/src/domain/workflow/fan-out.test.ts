import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, started } from '../../../testing/workflow-script.ts';
import { type Allowance, rowBytes, unlimited } from './allowance.ts';
import type { StepDefinition } from './graph.ts';

const joined = ['end-row all completed', 'forget-items all', 'emit step-settled all completed'];
const ended = (status: string) => [
  `end-row all ${status}`,
  'forget-items all',
  `emit step-settled all ${status.split(' ')[0]}`,
];

function fanning(
  total: number,
  each: StepDefinition['each'] = {},
  more: Omit<StepDefinition, 'key'> = {},
  allowance: Allowance = unlimited,
) {
  const graph = graphOf({
    all: { type: 'item', each: { over: Array.from({ length: total }, (_, n) => n), ...each }, ...more },
    next: { dependsOn: ['all'] },
    x: { payload: 'a payload that is told apart' },
  });
  return started(graph, { allowance });
}

const items = (from: number, end: number, what: (n: number) => string) =>
  Array.from({ length: end - from }, (_, n) => what(from + n));
const startsOf = (from: number, end: number) => items(from, end, (n) => `start-task all/${n}`);
const blocked = (from: number, end: number) => items(from, end, (n) => `add-row all/${n} blocked`);
const opened = ['add-row all open', 'emit step-waiting all'];

describe('the items of a fan-out', () => {
  test('start all at once unless told otherwise', () => {
    assert.deepEqual(fanning(3).first, [...opened, ...startsOf(0, 3), 'start-task x']);
  });

  test('start as many at once as are allowed, and one for each that ends', () => {
    const { first, item } = fanning(4, { concurrency: 2 });
    assert.deepEqual(first, [...opened, ...startsOf(0, 2), ...blocked(2, 4), 'start-task x']);
    assert.deepEqual(item('all', 'completed'), ['start-items all 2+1']);
    assert.deepEqual(item('all', 'completed'), ['start-items all 3+1']);
    assert.deepEqual(item('all', 'completed'), []);
    assert.deepEqual(item('all', 'completed'), [...joined, 'start-task next']);
  });

  test('fail their step where the results cannot be joined, and wait where that is for later', () => {
    const script = fanning(1);
    const answer = { kind: 'items-joined', step: script.step('all') } as const;
    assert.deepEqual(script.when({ ...answer, outcome: 'later' }), ['defer go-on']);
    assert.deepEqual(script.when({ ...answer, outcome: 'too-large' }), [
      ...ended('failed'),
      'emit failed all',
      'end-workflow failed',
    ]);
    assert.match(String(script.instance.error), /result_too_large/);
  });

  test('may be none', () => {
    assert.deepEqual(fanning(0).first, [...opened, 'start-task x', ...joined, 'start-task next']);
  });

  test('may fail as often as is tolerated', () => {
    const { item } = fanning(3, { tolerate: 2 });
    item('all', 'failed');
    item('all', 'cancelled');
    assert.deepEqual(item('all', 'completed'), [...joined, 'start-task next']);
  });

  test('that fail more often close the others, and fail their step when those at work have ended', () => {
    const { item, instance } = fanning(9, { concurrency: 2, tolerate: 0 });
    assert.deepEqual(item('all', 'failed'), ['close-items all from 2']);
    assert.equal(instance.state.status, 'running');
    assert.deepEqual(item('all', 'completed'), [
      ...ended('failed (unknown)'),
      'emit failed all',
      'end-workflow failed',
    ]);
    assert.match(String(instance.error), /items_failed.*More than 0 of the items/);
  });

  test('may fail their step where that is tolerated', () => {
    const { item } = fanning(1, {}, { onError: 'continue' });
    assert.deepEqual(item('all', 'failed'), [...ended('failed'), 'start-task next']);
  });

  test('that a worker skipped count as completed', () => {
    assert.deepEqual(fanning(1).item('all', 'skipped'), [...joined, 'start-task next']);
  });

  test('end once: an end too many is not open', () => {
    const { item, refusal, step } = fanning(1);
    item('all', 'completed');
    const end = {
      kind: 'item-ended',
      step: step('all'),
      outcome: 'completed',
      unknown: false,
      error: undefined,
    } as const;
    assert.equal(refusal(end), 'not-open');
  });

  test('start no more when the workflow fails, and their step ends as cancelled', () => {
    const { item, ends } = fanning(3, { concurrency: 1 });
    assert.deepEqual(ends('x', 'failed'), ['close-items all from 1', 'emit failed x', 'end-workflow failed']);
    assert.deepEqual(item('all', 'completed'), ended('cancelled (unknown)'));
  });

  test('go on to their end when the workflow fails and all of them have started', () => {
    const { item, ends } = fanning(1);
    ends('x', 'failed');
    assert.deepEqual(item('all', 'completed'), joined);
  });

  test('that are cancelled with their workflow cancel their step, however many failures it tolerates', () => {
    const { item, when } = fanning(1, { tolerate: 5 });
    when({ kind: 'cancel', compensate: false, reason: null });
    assert.deepEqual(item('all', 'cancelled'), ended('cancelled'));
  });

  test('start no more while the workflow is paused, and as many as are allowed when it is resumed', () => {
    const { item, when } = fanning(6, { concurrency: 2 });
    when({ kind: 'pause', reason: null });
    assert.deepEqual(item('all', 'completed'), []);
    assert.deepEqual(item('all', 'completed'), []);
    assert.deepEqual(when({ kind: 'resume' }), ['emit resumed', 'start-items all 2+2']);
  });
});

describe('the items of a large fan-out', () => {
  /** So many rows fit until it is filled anew; steps and tasks of their own are nothing to it. */
  function rows(limit: number): Allowance & { refill(rows: number): void } {
    let left = limit;
    const take = (count: number, bytes: number) => {
      if (bytes > rowBytes + 9) return true;
      const fits = count <= left;
      left = fits ? left - count : 0;
      return fits;
    };
    const fitting = (wanted: number) => {
      const count = Math.min(wanted, left);
      left -= count;
      return count;
    };
    return { ...unlimited, take, fitting, refill: (to) => void (left = to) };
  }

  const ofAll = (effects: readonly string[]) => effects.filter((effect) => / all/.test(effect));

  test('get their rows as they fit, and the others from what the step reads then', () => {
    const budget = rows(1 + 2);
    const script = fanning(4, {}, {}, budget);
    assert.deepEqual(ofAll(script.first), [...opened, ...startsOf(0, 2), 'defer items all']);
    const more = { kind: 'go-on-items', step: script.step('all'), laid: 2 } as const;
    assert.deepEqual(script.when(more), ['defer items all'], 'nothing fits');
    budget.refill(1);
    assert.deepEqual(script.when(more), ['defer items all', 'add-row all/2 blocked', 'start-items all 2+1']);
    budget.refill(9);
    assert.deepEqual(script.when({ ...more, laid: 3 }), ['add-row all/3 blocked', 'start-items all 3+1']);
    assert.deepEqual(script.when({ ...more, laid: 3 }), [], 'they have their rows');
  });

  test('get their rows during a pause, and start after it', () => {
    const budget = rows(1 + 1);
    const script = fanning(2, {}, {}, budget);
    budget.refill(9);
    script.when({ kind: 'pause', reason: null });
    const more = { kind: 'go-on-items', step: script.step('all'), laid: 1 } as const;
    assert.deepEqual(script.when(more), ['add-row all/1 blocked']);
    assert.deepEqual(script.when({ kind: 'resume' }), ['emit resumed', 'start-items all 1+1']);
  });

  test('start as they fit, and the others when the workflow goes on', () => {
    const budget = rows(99);
    const script = fanning(4, { concurrency: 2 }, {}, budget);
    script.when({ kind: 'pause', reason: null });
    for (const _ of [0, 1]) script.item('all', 'completed');
    budget.refill(1);
    assert.deepEqual(script.when({ kind: 'resume' }), ['emit resumed', 'start-items all 2+1', 'defer go-on']);
    budget.refill(1);
    assert.deepEqual(script.when({ kind: 'go-on' }), ['start-items all 3+1']);
  });

  test('that have no rows when their step is closed never get any', () => {
    const budget = rows(1 + 2);
    const script = fanning(5, { concurrency: 1 }, {}, budget);
    budget.refill(1);
    script.ends('x', 'failed');
    assert.deepEqual(script.when({ kind: 'go-on-items', step: script.step('all'), laid: 2 }), []);
  });

  test('are closed later where they are too many for one transaction', () => {
    const script = fanning(3, { concurrency: 1 }, {}, { ...unlimited, mayClose: () => false });
    assert.deepEqual(script.ends('x', 'failed'), ['defer close all', 'emit failed x', 'end-workflow failed']);
    script.item('all', 'completed');
    assert.equal(script.at('all'), 'cancelledUnknown');
    assert.equal(script.refusal({ kind: 'retry' }), 'not_finished', 'rows to be closed are not told from closed ones');
    script.instance.extras?.closing.clear();
    assert.equal(script.refusal({ kind: 'retry' }), undefined);
  });
});
