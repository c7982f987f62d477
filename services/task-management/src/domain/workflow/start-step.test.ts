import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, overflowing, type Script, scriptOf, started } from '../../../testing/workflow-script.ts';
import { type Allowance, unlimited } from './allowance.ts';
import type { Input } from './input.ts';
import { newInstance } from './instance.ts';
import { jsonSource } from './json-source.ts';
import { maxOutput } from './output.ts';
import { maxJoinedResult } from './payload-limits.ts';
import type { StepReading } from './step-reading.ts';
import { transition } from './transition.ts';
import { stepState } from './workflow-state.ts';

const graph = graphOf({
  a: {},
  b: { dependsOn: ['a'], payload: { $from: 'steps.a.result' } },
  c: { dependsOn: ['a'] },
  nap: { dependsOn: ['a'], mapped: true, sleep: {} },
});
const read: StepReading = { input: () => jsonSource('null'), result: () => '{}', source: () => jsonSource('7') };

function answer(script: Script, key: string, rest: Partial<Extract<Input, { kind: 'start-step' }>> = {}): Input {
  const none = { prepared: false, laid: undefined, alone: false, child: undefined };
  return { kind: 'start-step', step: script.step(key), reading: read, ...none, ...rest };
}

/** A workflow whose first step has completed, and whose needs the test answers under an allowance. */
function ready(allowance: Allowance = unlimited): Script {
  const script = started(graph, { isSilent: true });
  script.when(answer(script, 'a'));
  assert.deepEqual(script.ends('a', 'completed'), ['need start b', 'need start c', 'need start nap']);
  return scriptOf(script.instance, { isSilent: true, allowance });
}

describe('a step that is ready', () => {
  test('starts once what it reads is at hand', () => {
    const script = ready();
    assert.equal(script.at('b'), 'ready');
    assert.deepEqual(script.when(answer(script, 'b')), ['start-task b']);
    assert.equal(script.at('b'), 'running');
    assert.deepEqual(script.when(answer(script, 'b')), [], 'it starts once');
  });

  test('is prepared first where a worker works it out', () => {
    const script = ready();
    assert.deepEqual(script.when(answer(script, 'nap')), ['start-task nap/prepare']);
    assert.equal(script.at('nap'), 'preparing');
    assert.deepEqual(script.ends('nap', 'completed'), ['need start nap']);
    assert.equal(script.at('nap'), 'prepared');
  });

  test('goes back where the transaction reads no more, and starts when the workflow goes on', () => {
    const script = ready();
    assert.deepEqual(script.when(answer(script, 'b', { reading: undefined })), ['defer go-on']);
    assert.deepEqual(script.when(answer(script, 'c', { reading: undefined })), [], 'one reminder is enough');
    assert.deepEqual([script.at('b'), script.at('c')], ['blocked', 'blocked']);
    assert.deepEqual(script.when({ kind: 'go-on' }), ['need start b', 'need start c']);
  });

  test('goes back where what it carries does not fit, and where nothing fits any more', () => {
    for (const allowance of [
      { ...unlimited, take: () => false },
      { ...unlimited, isSpent: true },
    ]) {
      const script = ready(allowance);
      for (const key of ['b', 'nap']) script.when(answer(script, key));
      assert.deepEqual([script.at('b'), script.at('nap')], ['blocked', 'blocked']);
      assert.equal(script.instance.extras?.deferred, true);
    }
  });

  test('stays prepared where it does not fit', () => {
    const script = ready();
    script.when(answer(script, 'nap'));
    script.ends('nap', 'completed');
    assert.deepEqual(script.when(answer(script, 'nap', { prepared: true, reading: undefined })), ['defer go-on']);
    assert.equal(script.at('nap'), 'prepared');
    assert.ok(script.when({ kind: 'go-on' }).includes('need start nap'));
  });

  test('is tried by itself where what it reads is too large beside others, and fails where it is so alone', () => {
    const script = ready();
    assert.deepEqual(script.when(answer(script, 'b', { reading: overflowing })), ['need start b']);
    assert.equal(script.at('b'), 'ready');
    const reported = script.when(answer(script, 'b', { reading: overflowing, alone: true }));
    assert.equal(reported[0], 'add-row b failed');
    assert.match(String(script.instance.error), /payload_too_large/);
  });

  test('does not start once its workflow fails, is cancelled or is paused in the same transaction', () => {
    for (const [input, at] of [
      [{ kind: 'cancel', compensate: false, reason: null }, 'blocked'],
      [{ kind: 'pause', reason: null }, 'ready'],
    ] as const) {
      const script = ready();
      script.when(answer(script, 'c'));
      script.when(input);
      assert.equal(script.at('b'), at);
      assert.deepEqual(script.when(answer(script, 'b')), []);
      assert.equal(script.at('b'), 'blocked');
    }
    const failing = ready();
    failing.when(answer(failing, 'c'));
    failing.ends('c', 'failed');
    assert.deepEqual(failing.when(answer(failing, 'b')), []);
  });

  test('is not worked out where as many are as the transaction may take on', () => {
    const script = started(graph, { isSilent: true });
    script.when(answer(script, 'a'));
    let admitted = 0;
    const narrow = scriptOf(script.instance, {
      isSilent: true,
      allowance: { ...unlimited, admit: () => (admitted += 1) <= 1 },
    });
    assert.deepEqual(narrow.ends('a', 'completed'), ['need start b', 'defer go-on']);
    assert.deepEqual([narrow.at('b'), narrow.at('c')], ['ready', 'blocked']);
  });
});

describe('a workflow whose steps are all settled', () => {
  const finished = (of: Script, setting = {}) => scriptOf(of.instance, { isSilent: true, ...setting });
  const ended = () => {
    const script = started(graphOf({ a: {} }), { isSilent: true });
    script.when(answer(script, 'a'));
    assert.deepEqual(script.ends('a', 'completed'), ['need output']);
    return script;
  };
  const complete = { kind: 'complete', paused: false, alone: false } as const;

  test('completes once its output is at hand', () => {
    assert.deepEqual(ended().when({ ...complete, reading: read }), ['emit completed', 'end-workflow completed']);
  });

  test('has not completed where the output is too much, and does when it goes on', () => {
    const large = { ...read, result: () => JSON.stringify('x'.repeat(3_000)) };
    for (const [reading, allowance] of [
      [undefined, unlimited],
      [large, { ...unlimited, take: () => false }],
    ] as const) {
      const script = finished(ended(), { allowance });
      assert.deepEqual(script.when({ ...complete, reading }), ['defer go-on']);
      assert.equal(script.instance.state.status, 'running');
      assert.deepEqual(script.when({ kind: 'go-on' }), ['need output']);
    }
  });

  test('that was paused is so again where its output is too much', () => {
    const script = started(graphOf({ a: {} }), { isSilent: true });
    script.when(answer(script, 'a'));
    script.when({ kind: 'pause', reason: null });
    script.ends('a', 'completed');
    script.when({ ...complete, paused: true, reading: undefined });
    assert.equal(script.instance.state.status, 'paused');
  });

  test('hands a larger output to who started it than its header keeps, and none that is larger than any result', () => {
    for (const [length, isHandedOn] of [
      [maxOutput, true],
      [maxJoinedResult, false],
    ] as const) {
      for (const output of ['a', undefined]) {
        const instance = { ...newInstance(graphOf({ a: {} }, output === undefined ? {} : { output })), parent: {} };
        instance.state.steps.fill(stepState.completed);
        const large = { ...read, result: () => JSON.stringify('x'.repeat(length)) };
        const effects = transition(instance, { ...complete, reading: large });
        assert.ok(!('refusal' in effects));
        const end = effects.find((effect) => effect.kind === 'end-workflow');
        assert.deepEqual([end?.shown, end?.output === undefined], [null, !isHandedOn]);
      }
    }
  });

  test('completes without an output that is too large by itself', () => {
    const script = ended();
    assert.deepEqual(script.when({ ...complete, reading: overflowing }), ['need output']);
    assert.deepEqual(script.when({ ...complete, reading: overflowing, alone: true }), [
      'emit completed',
      'end-workflow completed',
    ]);
  });
});
