import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { http } from '@taskflow/contracts-task-management';
import { z } from 'zod';
import { TaskFlowError } from '../errors.ts';
import type { GraphBuilder, Output, Ref } from './graph-builder.ts';
import { queue } from './queue.ts';
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
    assert.deepEqual(sum.toJSON(), {
      name: 'sum',
      version: 3,
      graph: {
        output: '$output',
        steps: [
          { key: 'first', type: 'add', payload: { $mapped: true, input, needs: {} }, dependsOn: [], ...carrying },
          {
            key: 'second',
            type: 'add',
            payload: { $mapped: true, input, needs: { renamed: { $from: 'steps.first.result' } } },
            dependsOn: ['first'],
            queue: 'sums',
            priority: 'high',
            retry: { maxAttempts: 2, initial: '1s' },
          },
          {
            key: '$output',
            type: 'taskflow.output/sum@3',
            payload: {
              $mapped: true,
              input,
              needs: { first: { $from: 'steps.first.result' }, second: { $from: 'steps.second.result' } },
            },
            dependsOn: ['first', 'second'],
          },
        ],
      },
    });
  });

  it('holds the contract of a registration', () => {
    assert.equal(http.workflows.registerDefinition.safeParse(sum.toJSON()).success, true);
  });

  it('draws itself', () => {
    assert.equal(
      sum.toMermaid(),
      'flowchart LR\n  s0["first"]\n  s1["second"]\n  s2["$output"]\n  s0 --> s1\n  s0 --> s2\n  s1 --> s2',
    );
  });

  for (const verb of ['run', 'each', 'child', 'waitFor', 'waitForEvent', 'sleep'] as const) {
    it(`refuses w.${verb} by name`, () => {
      assert.throws(
        building((w) => w[verb]('x' as never)),
        refused('not_available', `w.${verb}()`),
      );
    });
  }

  for (const option of ['when', 'onError', 'compensate', 'commit', 'sla', 'label']) {
    it(`refuses ${option} of a step by name`, () => {
      assert.throws(
        building((w) => one(w, 'a', { [option]: true })),
        refused('not_available', option),
      );
    });
  }

  for (const [option, value] of Object.entries({ sla: {}, on: [], onFailure: 'compensate' })) {
    it(`refuses ${option} of a workflow by name`, () => {
      assert.throws(
        building((w) => w.output({ a: one(w) }, () => 1), { [option]: value }),
        refused('not_available', option),
      );
    });
  }

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
    assert.throws(
      building((w) => one(w, 'two', { needs: { input: one(w) } })),
      refused('invalid_definition', '"input"'),
    );
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
