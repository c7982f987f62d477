import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, started } from '../../../testing/workflow-script.ts';
import { planCompensation } from './plan-compensation.ts';

const compensable = { compensation: { type: 'undo' } };
const after = (...dependsOn: string[]) => ({ dependsOn, ...compensable });

describe('the plan of a cancel with compensation', () => {
  test('names what would be compensated, later steps first and branches side by side', () => {
    const graph = graphOf({
      a: compensable,
      b: after('a'),
      c: { dependsOn: ['b'] },
      d: after('c'),
      e: after('a'),
      f: after('d'),
    });
    const script = started(graph);
    for (const key of ['a', 'b', 'c', 'd', 'e']) script.ends(key, 'completed');
    const { compensations, withoutCompensation, pastPointOfNoReturn } = planCompensation(graph, script.instance.state);
    assert.deepEqual(
      compensations.map(({ step, order, because }) => `${order} ${step} ${because}`).sort(),
      ['0 f running', '0 e completed', '1 d completed', '2 b completed', '3 a completed'].sort(),
    );
    assert.deepEqual(
      compensations.map(({ order }) => order),
      [0, 0, 1, 2, 3],
    );
    assert.deepEqual([withoutCompensation, pastPointOfNoReturn], [['c'], []]);
  });

  test('leaves out what stands at or before a point of no return', () => {
    const graph = graphOf({ a: compensable, b: { ...after('a'), commit: true }, c: after('b'), d: after('c') });
    const script = started(graph);
    for (const key of ['a', 'b', 'c']) script.ends(key, 'completed');
    const plan = planCompensation(graph, script.instance.state);
    assert.deepEqual(
      plan.compensations.map(({ step }) => step),
      ['d', 'c'],
    );
    assert.deepEqual(plan.pastPointOfNoReturn, ['a', 'b']);
  });

  test('leaves out waits, which did nothing', () => {
    const graph = graphOf({ nap: { sleep: { for: 1 } }, a: {} });
    const script = started(graph);
    script.ends('nap', 'completed');
    assert.deepEqual(planCompensation(graph, script.instance.state).withoutCompensation, []);
  });

  test('names what may have been done', () => {
    const graph = graphOf({ a: { ...compensable, onError: 'continue' }, b: after('a') });
    const script = started(graph);
    script.ends('a', 'failed', true);
    assert.deepEqual(
      planCompensation(graph, script.instance.state).compensations.map(({ step, because }) => `${step} ${because}`),
      ['b running', 'a unknown'],
    );
  });

  test('of a workflow that is being compensated is what is left', () => {
    const graph = graphOf({ a: compensable, b: after('a'), c: { dependsOn: ['b'] } });
    const script = started(graph);
    for (const key of ['a', 'b']) script.ends(key, 'completed');
    script.ends('c', 'failed');
    script.compensation('b', 'completed');
    assert.deepEqual(
      planCompensation(graph, script.instance.state).compensations.map(({ step }) => step),
      ['a'],
    );
  });
});
