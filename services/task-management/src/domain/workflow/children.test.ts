import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, scriptOf, started } from '../../../testing/workflow-script.ts';
import { maxNesting } from './child-definition.ts';
import { childOutcome } from './children.ts';
import type { Input } from './input.ts';
import { newInstance } from './instance.ts';
import { workflowStatuses } from './workflow-status.ts';

const graph = graphOf({ own: { child: { definition: 'child' } }, a: {} });

describe('a step that starts a child', () => {
  test('waits for it', () => {
    const script = started(graph);
    assert.deepEqual(
      script.first,
      ['start-task a', 'add-row own open', 'emit step-waiting own', 'start-child own'].sort(),
    );
    assert.equal(script.at('own'), 'waiting');
    assert.deepEqual(script.ends('own', 'completed'), ['end-row own completed', 'emit step-settled own completed']);
  });

  test('fails where its definition is unknown, too many stand below the root, or too many above it', () => {
    const child = { definition: undefined, descendants: 0, maxDescendants: 1 };
    const known = { version: 1, hash: 'h', steps: 1, graph };
    for (const [code, depth, found] of [
      ['unknown_definition', 0, child],
      ['too_many_descendants', 0, { ...child, definition: known, descendants: 1 }],
      ['too_deep_nesting', maxNesting, { ...child, definition: known }],
    ] as const) {
      const script = scriptOf({ ...newInstance(graphOf({ own: { child: { definition: 'c' } } })), options: { depth } });
      const silent = scriptOf(script.instance, { isSilent: true });
      silent.when({ kind: 'start' });
      const reading = {
        input: () => ({ text: 'null', value: () => null, part: () => 'null' }),
        result: () => 'null',
        source: () => ({ text: 'null', value: () => null, part: () => 'null' }),
      };
      const answer: Input = {
        kind: 'start-step',
        step: 0,
        prepared: false,
        laid: undefined,
        alone: false,
        reading,
        child: found,
      };
      assert.deepEqual(silent.when(answer).slice(0, 1), ['add-row own failed']);
      assert.match(String(script.instance.error), new RegExp(code));
    }
  });

  test('leaves a child alone that it does not wait for any more', () => {
    const script = started(graph);
    script.ends('own', 'completed');
    const late = {
      kind: 'child-ended',
      step: script.step('own'),
      child: { id: 'c', name: 'c' },
      output: undefined,
    } as const;
    assert.deepEqual(script.when({ ...late, status: 'failed' }), []);
    const ready = started(graph, { isSilent: true });
    assert.deepEqual(ready.when({ ...late, status: 'failed' }), [], 'it is about a former child');
    assert.equal(ready.at('own'), 'ready');
  });

  test('fails with a child, and with an output that is too large', () => {
    for (const [status, output, code] of [
      ['failed', undefined, 'child_failed'],
      ['completed', undefined, 'result_too_large'],
    ] as const) {
      const script = started(graph);
      script.when({ kind: 'child-ended', step: script.step('own'), child: { id: 'c', name: 'c' }, status, output });
      assert.match(String(script.instance.error), new RegExp(code));
    }
  });
});

describe('the end of a child', () => {
  const parent = () => started(graph).instance.state;

  test('is a failure of its step unless it completed', () => {
    for (const status of workflowStatuses) {
      assert.equal(childOutcome(parent(), status), status === 'completed' ? 'completed' : 'failed', status);
    }
  });

  test('is no failure where its parent asked for it', () => {
    const asked = { ...parent(), cancelRequested: true };
    assert.equal(childOutcome(asked, 'cancelled'), 'cancelled');
    assert.equal(childOutcome({ ...parent(), status: 'failed' }, 'compensated'), 'cancelled');
    assert.equal(childOutcome(asked, 'failed'), 'failed');
    assert.equal(childOutcome(asked, 'completed'), 'completed');
  });
});
