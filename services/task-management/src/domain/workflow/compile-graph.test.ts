import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileGraph } from './compile-graph.ts';
import { type CompiledGraph, type GraphDefinition, type GraphProblem, maxSteps, type StepDefinition } from './graph.ts';

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
