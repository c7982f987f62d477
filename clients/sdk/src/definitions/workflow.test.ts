import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { http } from '@taskflow/contracts-task-management';
import { z } from 'zod';
import { TaskFlowError } from '../errors.ts';
import type { GraphBuilder, Output } from './graph-builder.ts';
import { queue } from './queue.ts';
import type { Ref } from './step-options.ts';
import { task } from './task.ts';
import { workflow } from './workflow.ts';

const add = task({
  id: 'add',
  queue: queue({ id: 'sums' }),
  priority: 'low',
  retry: { maxAttempts: 5, initial: '1s' },
  run: ({ a, b }: { a: number; b: number }) => a + b,
});
const refused = (code: string, naming: string) => (error: unknown) =>
  error instanceof TaskFlowError && error.code === code && error.message.includes(naming);

/** Builds a workflow from code that slips past the compiler. */
const building =
  (build: (w: GraphBuilder<never>) => unknown, options: object = {}) =>
  () =>
    workflow({ id: 'w', ...options } as never, build as (w: GraphBuilder<unknown>) => Output<unknown>);
const one = (w: GraphBuilder<never>, name = 'one', options: object = {}): Ref<number> =>
  w.step(name, add, { input: () => ({ a: 1, b: 2 }), ...options });

describe('workflow()', () => {
  const sum = workflow({ id: 'sum', version: 3, input: z.object({ n: z.number() }) }, (w) => {
    const first = w.step('first', add, { input: ({ input }) => ({ a: input.n, b: 1 }) });
    const second = w.step('second', add, {
      needs: { renamed: first },
      input: ({ renamed }) => ({ a: renamed, b: 1 }),
      priority: 'high',
      retry: { maxAttempts: 2 },
    });
    return w.output({ first, second }, (seen) => seen.first + seen.second);
  });

  it('becomes the graph that the server stores: edges and references from handles, the step before its task', () => {
    const carrying = { queue: 'sums', priority: 'low', retry: { maxAttempts: 5, initial: '1s' } };
    const input = { $from: 'input' };
    const resultOf = (key: string) => ({ $from: `steps.${key}.result`, default: { $taskflow: 'undefined' } });
    const mapped = true;
    assert.deepEqual(sum.toJSON(), {
      name: 'sum',
      version: 3,
      graph: {
        output: '$output',
        steps: [
          {
            key: 'first',
            type: 'add',
            mapped,
            payload: { $mapped: true, input, needs: {} },
            dependsOn: [],
            ...carrying,
          },
          {
            key: 'second',
            type: 'add',
            mapped,
            payload: { $mapped: true, input, needs: { renamed: resultOf('first') } },
            dependsOn: ['first'],
            queue: 'sums',
            priority: 'high',
            retry: { maxAttempts: 2, initial: '1s' },
          },
          {
            key: '$output',
            type: 'taskflow.output/sum@3',
            mapped,
            payload: { $mapped: true, input, needs: { first: resultOf('first'), second: resultOf('second') } },
            dependsOn: ['first', 'second'],
          },
        ],
      },
    });
  });

  it('holds the contract of a registration', () => {
    assert.equal(http.workflows.registerDefinition.safeParse(sum.toJSON()).success, true);
  });

  it('says what a failure means, where it is told', () => {
    const input = () => ({ a: 1, b: 2 });
    const stop = workflow({ id: 'w', onFailure: 'stop' }, (w) =>
      w.output({ a: w.step('a', add, { input }) }, ({ a }) => a),
    );
    assert.equal(stop.graph.registered.onFailure, 'stop');
    assert.equal('onFailure' in sum.graph.registered, false);
    assert.throws(
      building((w) => w.output({ a: one(w) }, () => 1), { onFailure: 'undo' }),
      refused('invalid_definition', 'onFailure'),
    );
  });

  for (const [option, value] of Object.entries({ sla: {}, on: [] })) {
    it(`refuses ${option} of a workflow by name`, () => {
      assert.throws(
        building((w) => w.output({ a: one(w) }, () => 1), { [option]: value }),
        refused('not_available', option),
      );
    });
  }

  const input = (): number => 1;
  const wrong: readonly (readonly [string, object])[] = [
    ['when must be a function', { when: true }],
    ['onError must be', { onError: 'ignore' }],
    ['commit must be true or false', { commit: 'yes' }],
    ['label must be a text', { label: '' }],
    ['compensate.task must be a task', { compensate: { task: sum, input } }],
    ['compensate.input must be a function', { compensate: { task: add } }],
    ['compensate.unknown must be a function', { compensate: { task: add, input, unknown: 1 } }],
    ['compensate: retry/maxAttempts', { compensate: { task: add, input, retry: { maxAttempts: 0 } } }],
  ];
  for (const [reason, options] of wrong) {
    it(`refuses a wrong option: ${reason}`, () => {
      assert.throws(
        building((w) => one(w, 'a', options)),
        refused('invalid_definition', `step "a": ${reason}`),
      );
    });
  }

  it('refuses sla of a step by name, and options that nobody knows', () => {
    assert.throws(
      building((w) => one(w, 'a', { sla: {} })),
      refused('not_available', 'sla'),
    );
    assert.throws(
      building((w) => one(w, 'a', { wehn: () => true })),
      refused('unknown_option', 'wehn'),
    );
    assert.throws(
      building((w) => one(w, 'a', { compensate: { task: add, input: () => 1, when: () => true } })),
      refused('unknown_option', 'when'),
    );
  });

  it('refuses two steps of one name', () => {
    assert.throws(
      building((w) => [one(w), one(w)]),
      refused('invalid_definition', '"one"'),
    );
  });

  it('refuses a handle of another workflow', () => {
    let foreign: Ref<number> | undefined;
    building((w) => {
      foreign = one(w);
      return w.output({ foreign }, () => 1);
    })();
    assert.throws(
      building((w) => one(w, 'two', { needs: { foreign } })),
      refused('invalid_definition', 'needs.foreign'),
    );
  });

  it('refuses names that are taken or reserved', () => {
    assert.throws(
      building((w) => one(w, '$mine')),
      refused('invalid_definition', 'reserved'),
    );
    assert.throws(
      building((w) => one(w, 'a.b')),
      refused('invalid_definition', 'a.b'),
    );
    for (const name of ['input', 'output', '__proto__']) {
      assert.throws(
        building((w) => one(w, 'two', { needs: { [name]: one(w) } })),
        refused('invalid_definition', `"${name}"`),
      );
    }
  });

  it('wants exactly one output, and that one returned', () => {
    assert.throws(
      building((w) => one(w)),
      refused('invalid_definition', 'w.output'),
    );
    assert.throws(
      building((w) => w.output({}, () => 1)),
      refused('invalid_definition', 'at least one step'),
    );
    assert.throws(
      building((w) => {
        const a = one(w);
        w.output({ a }, () => 1);
        return w.output({ a }, () => 2);
      }),
      refused('invalid_definition', 'twice'),
    );
  });

  it('refuses more steps than the server takes', () => {
    assert.throws(
      building((w) => {
        for (let count = 0; count <= http.workflows.maxSteps; count++) one(w, `s${count}`);
      }),
      refused('invalid_definition', '10000'),
    );
  });
});
