import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compiled } from '../../../testing/workflow-script.ts';
import { compensationPayload, preparedWork, workOf } from './step-work.ts';
import type { CompiledStep, StepDefinition } from './graph.ts';
import { jsonSource } from './json-source.ts';
import { maxCompared, maxResolvedItems, maxResolvedPayload } from './payload-limits.ts';
import type { ValueOf } from './payload-template.ts';

/** A step behind "a", whose result is `{"n": 1}`, and "gone", which was skipped. */
function stepOf(definition: Omit<StepDefinition, 'key' | 'dependsOn'>): CompiledStep {
  const before = ['a', 'gone'].map((key) => ({ key, type: 'work' }));
  const graph = compiled({ steps: [...before, { key: 'it', dependsOn: ['a', 'gone'], ...definition }] });
  return graph.steps[2] as CompiledStep;
}

const input = '{"list":[{"id":"x"},{"id":"y"}],"at":"2030-01-01T00:00:00Z","key":7}';
const valueOf: ValueOf = (reference) => {
  if (reference.source === 'step') return reference.step === 'a' ? jsonSource('{"n":1}') : undefined;
  assert.equal(reference.source, 'input', 'items are filled in by the domain');
  return jsonSource(input);
};
const work = (definition: Omit<StepDefinition, 'key' | 'dependsOn'>) => workOf(stepOf(definition), valueOf);
const fromA = { $from: 'steps.a.result.n' };
const fromGone = { $from: 'steps.gone.result' };

describe('a step that starts', () => {
  test('is a task with its payload', () => {
    assert.deepEqual(work({ type: 'work', payload: { n: fromA } }), { kind: 'task', payload: '{"n":1}' });
  });

  test('is skipped where its condition does not hold, before anything else is looked at', () => {
    const when = { value: fromA, equals: 2 };
    assert.deepEqual(work({ type: 'work', when, payload: { $from: 'steps.a.result.zz' } }), {
      kind: 'skip',
      reason: 'condition',
    });
  });

  test('is skipped where it reads a step that was, unless it has a default', () => {
    assert.deepEqual(work({ type: 'work', payload: fromGone }), { kind: 'skip', reason: 'source-absent' });
    const payload = { ...fromGone, default: { nothing: true } };
    assert.deepEqual(work({ type: 'work', payload }), { kind: 'task', payload: '{"nothing":true}' });
  });

  test('fails where a result lacks what it reads, unless it has a default', () => {
    const payload = { $from: 'steps.a.result.zz' };
    assert.equal((work({ type: 'work', payload }) as { code: string }).code, 'reference_not_found');
    assert.deepEqual(work({ type: 'work', payload: { ...payload, default: null } }), {
      kind: 'task',
      payload: 'null',
    });
  });

  test('is a prepare task where it is mapped and no task itself', () => {
    assert.deepEqual(work({ mapped: true, sleep: {}, payload: fromA }), { kind: 'prepare', payload: '1' });
    assert.deepEqual(work({ mapped: true, type: 'work', payload: fromA }), { kind: 'task', payload: '1' });
  });

  test('is a child with its input', () => {
    assert.deepEqual(work({ child: { definition: 'c' }, payload: { n: fromA } }), { kind: 'child', input: '{"n":1}' });
  });

  test('sleeps for a span or until an instant', () => {
    assert.deepEqual(work({ sleep: { for: 5 } }), { kind: 'wait', timer: { kind: 'sleep', forMs: 5 } });
    assert.deepEqual(work({ sleep: { until: { $from: 'input.at' } } }), {
      kind: 'wait',
      timer: { kind: 'sleep', until: Date.UTC(2030, 0) },
    });
    assert.equal((work({ sleep: { until: fromA } }) as { code: string }).code, 'invalid_instant');
  });

  test('waits for a signal or an event', () => {
    assert.deepEqual(work({ waitForSignal: { signal: 's', timeout: 9 } }), {
      kind: 'wait',
      timer: { kind: 'signal', forMs: 9, name: 's' },
    });
    const waitForEvent = { event: 'e', key: { $from: 'input.key' }, timeout: 9 };
    assert.deepEqual(work({ waitForEvent }), {
      kind: 'wait',
      timer: { kind: 'event', forMs: 9, name: 'e', key: '7' },
    });
    const wrong = { event: 'e', key: { $from: 'input.list' }, timeout: 9 };
    assert.equal((work({ waitForEvent: wrong }) as { code: string }).code, 'invalid_event_key');
  });
});

describe('a step that fans out', () => {
  const over = { $from: 'input.list' };

  test('gives each item its payload', () => {
    const payload = { item: { $from: 'item.id' }, n: fromA };
    assert.deepEqual(work({ type: 'work', each: { over }, payload }), {
      kind: 'items',
      payloads: ['{"item":"x","n":1}', '{"item":"y","n":1}'],
    });
  });

  test('gives each item itself where it has no payload', () => {
    assert.deepEqual(work({ type: 'work', each: { over } }), {
      kind: 'items',
      payloads: ['{"id":"x"}', '{"id":"y"}'],
    });
  });

  test('takes a list with references in it', () => {
    assert.deepEqual(work({ type: 'work', each: { over: [1, fromA, 'z'] } }), {
      kind: 'items',
      payloads: ['1', '1', '"z"'],
    });
  });

  test('asks for what items have in common once', () => {
    let asked = 0;
    const step = stepOf({ type: 'work', each: { over }, payload: [{ $from: 'item' }, fromA] });
    workOf(step, (reference) => {
      if (reference.source === 'step') asked += 1;
      return valueOf(reference);
    });
    assert.equal(asked, 1);
  });

  test('fails over what is no list, over too many items, and over an item that lacks what is read', () => {
    const failure = (each: StepDefinition['each'], payload?: unknown) =>
      (work({ type: 'work', each, payload }) as { code: string }).code;
    assert.equal(failure({ over: { $from: 'input.key' } }), 'invalid_items');
    assert.equal(failure({ over: Array.from({ length: 10_001 }, () => 0) }), 'too_many_items');
    assert.equal(failure({ over }, { $from: 'item.zz' }), 'reference_not_found');
  });

  test('is skipped where its list comes from a skipped step', () => {
    assert.deepEqual(work({ type: 'work', each: { over: fromGone } }), { kind: 'skip', reason: 'source-absent' });
  });
});

describe('a prepared step', () => {
  const prepared = (definition: Omit<StepDefinition, 'key' | 'dependsOn'>, result: unknown) =>
    preparedWork(stepOf({ mapped: true, ...definition }), JSON.stringify(result));

  test('is what its preparation says', () => {
    assert.deepEqual(prepared({ type: 'work', each: {} }, { items: [1, { a: 2 }] }), {
      kind: 'items',
      payloads: ['1', '{"a":2}'],
    });
    assert.deepEqual(prepared({ child: { definition: 'c' } }, { input: [1] }), { kind: 'child', input: '[1]' });
    assert.deepEqual(prepared({ sleep: {} }, { until: '2030-01-01T00:00:00Z' }), {
      kind: 'wait',
      timer: { kind: 'sleep', until: Date.UTC(2030, 0) },
    });
    const waitForEvent = { event: 'e', timeout: 9 };
    assert.deepEqual(prepared({ waitForEvent }, { key: 'k' }), {
      kind: 'wait',
      timer: { kind: 'event', forMs: 9, name: 'e', key: 'k' },
    });
    assert.deepEqual(prepared({ waitForSignal: { signal: 's', timeout: 9 } }, null), {
      kind: 'wait',
      timer: { kind: 'signal', forMs: 9, name: 's' },
    });
  });

  test('fails where its preparation says nothing of use', () => {
    const failure = (definition: Omit<StepDefinition, 'key' | 'dependsOn'>, result: unknown) =>
      (prepared(definition, result) as { code: string }).code;
    assert.equal(failure({ type: 'work', each: {} }, { items: 'abc' }), 'invalid_preparation');
    assert.equal(failure({ type: 'work', each: {} }, null), 'invalid_preparation');
    for (const until of [
      'tomorrow',
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+01:00',
      '9999-12-31T23:59:59-01:00',
    ]) {
      assert.equal(failure({ sleep: {} }, { until }), 'invalid_instant', until);
    }
    assert.equal((prepared({ sleep: {} }, { until: '9999-12-31T23:59:59Z' }) as { kind: string }).kind, 'wait');
    assert.equal(failure({ waitForEvent: { event: 'e', timeout: 9 } }, {}), 'invalid_event_key');
    const tooMany = Array.from({ length: 10_001 }, () => 0);
    assert.equal(failure({ type: 'work', each: {} }, { items: tooMany }), 'too_many_items');
  });
});

describe('the payload of a compensation', () => {
  test('reads what exists, and null or a default in place of the rest', () => {
    const payload = {
      own: { $from: 'steps.it.result' },
      n: fromA,
      gone: fromGone,
      missing: { $from: 'steps.a.result.zz' },
      chosen: { ...fromGone, default: 'nothing' },
    };
    const step = stepOf({ type: 'work', compensation: { type: 'undo', payload } });
    assert.deepEqual(JSON.parse(compensationPayload(step, valueOf) ?? ''), {
      own: null,
      n: 1,
      gone: null,
      missing: null,
      chosen: 'nothing',
    });
  });

  test('is null unless told', () => {
    assert.equal(compensationPayload(stepOf({ type: 'work', compensation: { type: 'undo' } }), valueOf), 'null');
  });
});

describe('a step that would carry too much', () => {
  const source = jsonSource(JSON.stringify({ big: 'x'.repeat(maxResolvedPayload - 2) }));
  const workLarge = (definition: Omit<StepDefinition, 'key' | 'dependsOn'>) => workOf(stepOf(definition), () => source);
  const codeOf = (work: object) => ('code' in work ? work.code : 'none');

  test('fails by name at one character more than its payload may have', () => {
    assert.equal(workLarge({ type: 'work', payload: { $from: 'input.big' } }).kind, 'task');
    const one = workLarge({ type: 'work', payload: [{ $from: 'input.big' }] });
    assert.equal(codeOf(one), 'payload_too_large');
  });

  test('fails by name however often it repeats what it reads', () => {
    const payload = Array(3_000).fill({ $from: 'input' });
    assert.equal(codeOf(workLarge({ type: 'work', payload })), 'payload_too_large');
    assert.equal(codeOf(workLarge({ type: 'work', payload, each: { over: [1, 2] } })), 'payload_too_large');
    assert.equal(codeOf(workLarge({ type: 'work', each: { over: payload } })), 'payload_too_large');
    assert.equal(codeOf(workLarge({ child: { definition: 'c' }, payload })), 'payload_too_large');
    const compensation = { type: 'undo', payload };
    assert.equal(
      compensationPayload(stepOf({ type: 'work', compensation }), () => source),
      undefined,
    );
  });

  test('fails by name with one byte more than its items may carry together', () => {
    const items = maxResolvedItems / maxResolvedPayload;
    const payload = { $from: 'input.big' };
    const over = (count: number) => ({ type: 'work', payload, each: { over: Array(count).fill(0) } });
    assert.equal(workLarge(over(items)).kind, 'items');
    assert.equal(codeOf(workLarge(over(items + 1))), 'payload_too_large');
  });

  test('fails by name where its condition compares more values than it may', () => {
    const input = jsonSource(JSON.stringify({ list: Array(999).fill(0) }));
    const same = { value: { $from: 'input.list' }, equals: { $from: 'input.list' } };
    const when = (count: number) => ({ all: Array(count).fill(same) });
    const judged = (count: number) => workOf(stepOf({ type: 'work', when: when(count) }), () => input);
    // Each comparison looks at itself, the list and its members.
    const limit = Math.floor((maxCompared - 1) / 1_001);
    assert.equal(judged(limit).kind, 'task');
    assert.equal(codeOf(judged(limit + 1)), 'condition_too_large');
  });
});
