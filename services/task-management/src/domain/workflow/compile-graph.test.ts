import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileGraph, mappedInline } from './compile-graph.ts';
import {
  type CompiledGraph,
  type CompiledStep,
  type GraphDefinition,
  type GraphProblem,
  maxSteps,
  type StepDefinition,
} from './graph.ts';
import { maxReferences, maxReferencesTogether } from './payload-limits.ts';

const step = (key: string, dependsOn: string[] = [], payload?: unknown): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  payload,
});

function compiled(definition: GraphDefinition): CompiledGraph {
  const compilation = compileGraph(definition);
  assert.ok('graph' in compilation, JSON.stringify(compilation));
  return compilation.graph;
}

function problems(definition: GraphDefinition): readonly GraphProblem[] {
  const compilation = compileGraph(definition);
  assert.ok('problems' in compilation, 'expected problems');
  return compilation.problems;
}

describe('a valid graph', () => {
  test('knows its first steps, last steps and successors', () => {
    const graph = compiled({ steps: [step('a'), step('b', ['a']), step('c', ['a', 'a']), step('d', ['b', 'c'])] });
    assert.deepEqual(graph.roots, [0]);
    assert.deepEqual(graph.sinks, [3]);
    assert.deepEqual([...graph.dependencyCount], [0, 1, 1, 2], 'a repeated dependency counts once');
    assert.deepEqual([...graph.successors.subarray(graph.successorStart[0], graph.successorStart[1])], [1, 2]);
  });

  test('may have its steps in any order', () => {
    assert.deepEqual(compiled({ steps: [step('b', ['a']), step('a')] }).roots, [1]);
  });

  test('may hold ten thousand steps in a chain, without deep recursion', () => {
    const steps = Array.from({ length: maxSteps }, (_, i) => step(`s${i}`, i === 0 ? [] : [`s${i - 1}`]));
    assert.equal(compiled({ steps }).roots.length, 1);
  });

  test('may read a distant result of a step that it waits for through others', () => {
    compiled({ steps: [step('a'), step('b', ['a']), step('c', ['b'], { $from: 'steps.a.result' })] });
  });

  test('may have keys that are names of built-in properties', () => {
    const graph = compiled({ steps: [step('constructor'), step('toString', ['constructor'])] });
    assert.deepEqual(graph.sinks, [1]);
  });
});

describe('a step', () => {
  const only = (definition: StepDefinition): CompiledStep => compiled({ steps: [definition] }).steps[0] as CompiledStep;

  test('has its kind, and a type even where no worker carries it out', () => {
    const kinds: [Omit<StepDefinition, 'key'>, string, string][] = [
      [{ type: 'work' }, 'task', 'work'],
      [{ type: 'work', each: { over: [] } }, 'each', 'work'],
      [{ child: { definition: 'c' } }, 'child', 'taskflow.step/child'],
      [{ sleep: { for: 1 } }, 'sleep', 'taskflow.step/sleep'],
      [{ waitForSignal: { signal: 's', timeout: 1 } }, 'signal', 'taskflow.step/signal'],
      [{ waitForEvent: { event: 'e', key: 1, timeout: 1 } }, 'event', 'taskflow.step/event'],
    ];
    for (const [definition, kind, type] of kinds) {
      const found = only({ key: 'a', ...definition });
      assert.deepEqual([found.kind, found.type], [kind, type]);
    }
  });

  test('that is mapped leaves to the worker what it waits for or fans out over', () => {
    only({ key: 'a', mapped: true, sleep: {} });
    only({ key: 'a', mapped: true, waitForEvent: { event: 'e', timeout: 1 } });
    assert.deepEqual(only({ key: 'a', mapped: true, type: 'work', each: {} }).payload.references, []);
  });

  test('may be the point of no return and have something to undo as a task, a fan-out or a child', () => {
    for (const kind of [{ type: 'work' }, { type: 'work', each: { over: [] } }, { child: { definition: 'c' } }]) {
      const found = only({ key: 'a', ...kind, commit: true, compensation: { type: 'undo' } });
      assert.equal(found.compensation?.type, 'undo');
    }
  });

  test('knows whose results it reads, wherever it reads them', () => {
    const { steps } = compiled({
      steps: [
        step('a'),
        step('b'),
        {
          key: 'c',
          type: 'work',
          dependsOn: ['a', 'b'],
          payload: { $from: 'steps.b.result' },
          when: { all: [{ $from: 'steps.a.result.x' }, { $from: 'steps.b.result' }] },
          compensation: { type: 'undo', payload: [{ $from: 'steps.c.result' }, { $from: 'steps.a.result' }] },
        },
      ],
    });
    assert.deepEqual([...(steps[2]?.reads ?? [])].sort(), [0, 1]);
    assert.deepEqual([...(steps[2]?.compensation?.reads ?? [])].sort(), [0, 2]);
  });

  test('needs the parts of the input that its templates read, unless there is a default', () => {
    const definition = {
      key: 'a',
      type: 'work',
      payload: [{ $from: 'input.x' }, { $from: 'input' }, { $from: 'input.y', default: 1 }],
      each: { over: { $from: 'input.list' } },
      compensation: { type: 'undo', payload: { $from: 'input.u' } },
    };
    assert.deepEqual(
      only(definition)
        .inputs.map(({ text }) => text)
        .sort(),
      ['input.list', 'input.x'],
    );
  });

  test('needs no part of the input where a condition may be about just that', () => {
    const when = { value: { $from: 'input.coupon' }, exists: true };
    assert.deepEqual(only({ key: 'a', type: 'work', when, payload: { $from: 'input.coupon' } }).inputs, []);
  });
});

describe('a graph', () => {
  test('knows its predecessors, an order, its signals and whether anything can be undone', () => {
    const waits = { waitForSignal: { signal: 'go', timeout: 1 } };
    const graph = compiled({
      steps: [step('c', ['a', 'b']), { key: 'a', ...waits }, { key: 'b', ...waits, dependsOn: ['a'] }],
    });
    assert.deepEqual([...graph.predecessors.subarray(graph.predecessorStart[0], graph.predecessorStart[1])], [1, 2]);
    assert.deepEqual([...graph.order], [1, 2, 0]);
    assert.deepEqual([...graph.signals], [['go', [1, 2]]]);
    assert.deepEqual([graph.compensates, graph.onFailure, graph.mapped], [false, 'compensate', false]);
    const other = compiled({ steps: [{ ...step('a'), compensation: { type: 'undo' } }], onFailure: 'stop' });
    assert.deepEqual([other.compensates, other.onFailure], [true, 'stop']);
  });

  test('with mapped steps is named as one that has to be registered', () => {
    assert.deepEqual(mappedInline(compiled({ steps: [step('a')] })), []);
    const graph = compiled({ steps: [step('a'), { ...step('b'), mapped: true }] });
    const [problem] = mappedInline(graph);
    assert.deepEqual([problem?.code, problem?.steps, problem?.pointer], ['mapped_inline', ['b'], '/steps/1/mapped']);
    assert.equal(graph.mapped, true);
  });
});

describe('an invalid graph is refused by name', () => {
  const cases: [string, GraphDefinition, string, string[], string][] = [
    ['a cycle of two', { steps: [step('a', ['b']), step('b', ['a'])] }, 'cycle', ['a', 'b'], '/steps/0/dependsOn'],
    [
      'a cycle behind a valid beginning',
      { steps: [step('x'), step('a', ['x', 'c']), step('b', ['a']), step('c', ['b']), step('y', ['c'])] },
      'cycle',
      ['a', 'c', 'b'],
      '/steps/1/dependsOn',
    ],
    ['a step that waits for itself', { steps: [step('a', ['a'])] }, 'self_dependency', ['a'], '/steps/0/dependsOn/0'],
    [
      'an unknown dependency',
      { steps: [step('a'), step('b', ['a', 'zz'])] },
      'unknown_dependency',
      ['b', 'zz'],
      '/steps/1/dependsOn/1',
    ],
    [
      'a dependency on a built-in property',
      { steps: [step('b', ['__proto__'])] },
      'unknown_dependency',
      ['b', '__proto__'],
      '/steps/0/dependsOn/0',
    ],
    ['a key that is taken', { steps: [step('a'), step('a')] }, 'duplicate_key', ['a'], '/steps/1/key'],
    ['an output that is no step', { steps: [step('a')], output: 'b' }, 'unknown_output', ['b'], '/output'],
    [
      'a reference to no step',
      { steps: [step('a', [], { $from: 'steps.b.result' })] },
      'unknown_reference',
      ['a', 'b'],
      '/steps/0/payload',
    ],
    [
      'a reference to a step that is not waited for',
      { steps: [step('a'), step('b', [], { $from: 'steps.a.result' })] },
      'reference_without_dependency',
      ['b', 'a'],
      '/steps/1/payload',
    ],
    [
      'a reference to itself',
      { steps: [step('a', [], { $from: 'steps.a.result' })] },
      'reference_without_dependency',
      ['a', 'a'],
      '/steps/0/payload',
    ],
    [
      'a reference that is none',
      { steps: [step('a', [], { $from: 'process.env' })] },
      'invalid_reference',
      ['a'],
      '/steps/0/payload',
    ],
    [
      'a reference in a condition to a step that is not waited for',
      { steps: [step('a'), { ...step('b'), when: { $from: 'steps.a.result' } }] },
      'reference_without_dependency',
      ['b', 'a'],
      '/steps/1/when',
    ],
    [
      'a list to fan out over from a step that is not waited for',
      { steps: [step('a'), { ...step('b'), each: { over: { $from: 'steps.a.result' } } }] },
      'reference_without_dependency',
      ['b', 'a'],
      '/steps/1/each/over',
    ],
    [
      'a compensation that reads a later step',
      {
        steps: [
          { ...step('a'), compensation: { type: 'undo', payload: { $from: 'steps.b.result' } } },
          step('b', ['a']),
        ],
      },
      'reference_without_dependency',
      ['a', 'b'],
      '/steps/0/compensation/payload',
    ],
    ['a step without work', { steps: [{ key: 'a' }] }, 'step_without_work', ['a'], '/steps/0'],
    ['a fan-out without a type', { steps: [{ key: 'a', each: { over: [] } }] }, 'step_without_work', ['a'], '/steps/0'],
    ['a step of two kinds', { steps: [{ ...step('a'), sleep: { for: 1 } }] }, 'two_kinds', ['a'], '/steps/0'],
    [
      'a wait of two kinds',
      { steps: [{ key: 'a', sleep: { for: 1 }, waitForSignal: { signal: 's', timeout: 1 } }] },
      'two_kinds',
      ['a'],
      '/steps/0',
    ],
    [
      'a condition that is none',
      { steps: [{ ...step('a'), when: 'input.x > 1' }] },
      'invalid_condition',
      ['a'],
      '/steps/0/when',
    ],
    [
      'a sleep for a span and until an instant',
      { steps: [{ key: 'a', sleep: { for: 1, until: '2030-01-01T00:00:00Z' } }] },
      'invalid_wait',
      ['a'],
      '/steps/0/sleep',
    ],
    ['a sleep without an end', { steps: [{ key: 'a', sleep: {} }] }, 'invalid_wait', ['a'], '/steps/0/sleep'],
    [
      'a sleep until no instant',
      { steps: [{ key: 'a', sleep: { until: 'tomorrow' } }] },
      'invalid_wait',
      ['a'],
      '/steps/0/sleep/until',
    ],
    [
      'a wait for an event without a key',
      { steps: [{ key: 'a', waitForEvent: { event: 'e', timeout: 1 } }] },
      'invalid_wait',
      ['a'],
      '/steps/0/waitForEvent/key',
    ],
    [
      'a wait for an event with a key that is none',
      { steps: [{ key: 'a', waitForEvent: { event: 'e', key: [1], timeout: 1 } }] },
      'invalid_wait',
      ['a'],
      '/steps/0/waitForEvent/key',
    ],
    ['a fan-out over nothing', { steps: [{ ...step('a'), each: {} }] }, 'invalid_wait', ['a'], '/steps/0/each/over'],
    [
      'a fan-out over what is no list',
      { steps: [{ ...step('a'), each: { over: { x: { $from: 'input' } } } }] },
      'invalid_wait',
      ['a'],
      '/steps/0/each/over',
    ],
    [
      'a wait with something to undo',
      { steps: [{ key: 'a', sleep: { for: 1 }, compensation: { type: 'undo' } }] },
      'compensation_of_wait',
      ['a'],
      '/steps/0/compensation',
    ],
    [
      'a wait as a point of no return',
      { steps: [{ key: 'a', waitForSignal: { signal: 's', timeout: 1 }, commit: true }] },
      'compensation_of_wait',
      ['a'],
      '/steps/0/commit',
    ],
    [
      'an item where there is none',
      { steps: [step('a', [], { $from: 'item' })] },
      'invalid_reference',
      ['a'],
      '/steps/0/payload',
    ],
    [
      'an item in what there is one of for all',
      { steps: [{ ...step('a'), each: { over: { $from: 'item' } } }] },
      'invalid_reference',
      ['a'],
      '/steps/0/each/over',
    ],
  ];
  for (const [name, definition, code, steps, pointer] of cases) {
    test(name, () => {
      const [first] = problems(definition);
      assert.equal(first?.code, code);
      assert.deepEqual([...(first?.steps ?? [])].sort(), [...steps].sort());
      assert.equal(first?.pointer, pointer);
      assert.ok((first?.detail.length ?? 0) > 20);
    });
  }

  test('10,001 steps', () => {
    const steps = Array.from({ length: maxSteps + 1 }, (_, i) => step(`s${i}`));
    assert.deepEqual(
      problems({ steps }).map(({ code }) => code),
      ['too_many_steps'],
    );
  });

  test('all problems at once, not only the first', () => {
    const found = problems({ steps: [step('a', ['a']), step('a'), step('b', ['zz'])], output: 'q' });
    assert.deepEqual(found.map(({ code }) => code).sort(), [
      'duplicate_key',
      'self_dependency',
      'unknown_dependency',
      'unknown_output',
    ]);
  });

  test('the cycle of a cyclic graph really is one, and no acyclic graph has one', () => {
    const edges = fc.array(fc.tuple(fc.nat(14), fc.nat(14)), { maxLength: 30 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const dependsOn = new Map<number, Set<number>>();
        for (const [a, b] of pairs) if (a !== b) dependsOn.set(a, (dependsOn.get(a) ?? new Set()).add(b));
        const steps = Array.from({ length: 15 }, (_, i) =>
          step(
            `s${i}`,
            [...(dependsOn.get(i) ?? [])].map((d) => `s${d}`),
          ),
        );
        const compilation = compileGraph({ steps });
        if ('graph' in compilation) return assert.ok(!hasCycle(dependsOn));
        const cycle = compilation.problems[0]?.steps ?? [];
        assert.ok(cycle.length >= 2);
        cycle.forEach((key, i) => {
          const next = cycle[(i + 1) % cycle.length] as string;
          assert.ok(dependsOn.get(Number(key.slice(1)))?.has(Number(next.slice(1))), `${key} → ${next}`);
        });
      }),
    );
  });
});

/** Written another way than the code under test: by removing what depends on nothing until nothing is left. */
function hasCycle(dependsOn: ReadonlyMap<number, ReadonlySet<number>>): boolean {
  const left = new Map([...dependsOn].map(([step, list]) => [step, new Set(list)]));
  for (;;) {
    const free = [...new Set([...left.values()].flatMap((list) => [...list]))].filter((d) => !left.get(d)?.size);
    if (free.length === 0) return [...left.values()].some((list) => list.size > 0);
    for (const list of left.values()) for (const d of free) list.delete(d);
  }
}

describe('references', () => {
  const reading = (count: number) => Array(count).fill({ $from: 'input.a' });

  test('of one step are counted, those of its condition and its compensation too', () => {
    const definition = (more: number): GraphDefinition => ({
      steps: [
        {
          ...step('a', [], reading(maxReferences - 2)),
          when: { value: { $from: 'input.a' }, equals: 1 },
          compensation: { type: 'undo', payload: reading(more) },
        },
      ],
    });
    compiled(definition(1));
    const [problem] = problems(definition(2));
    assert.deepEqual([problem?.code, problem?.steps, problem?.pointer], ['too_many_references', ['a'], '/steps/0']);
  });

  test('of all steps are counted together', () => {
    const full = Array.from({ length: maxReferencesTogether / maxReferences }, (_, i) =>
      step(`s${i}`, [], reading(maxReferences)),
    );
    compiled({ steps: full });
    const [problem] = problems({ steps: [...full, step('one', [], reading(1))] });
    assert.deepEqual([problem?.code, problem?.pointer], ['too_many_references', '/steps']);
  });
});
