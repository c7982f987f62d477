import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compiled, scriptOf, started } from '../../../testing/workflow-script.ts';
import type { CompiledGraph, StepDefinition } from './graph.ts';
import { newInstance } from './instance.ts';

describe('the cost of a transition', () => {
  const steps = 10_000;
  const chain = (more: Partial<StepDefinition> = {}): CompiledGraph =>
    compiled({
      steps: Array.from({ length: steps }, (_, i) => ({
        key: `s${i}`,
        type: 'work',
        dependsOn: i === 0 ? [] : [`s${i - 1}`],
        ...more,
      })),
    });
  const width = 99;
  /** Layers in which each step waits for all of the layer before: nearly as many edges as a graph may have. */
  const layered = (more: Partial<StepDefinition> = {}): CompiledGraph =>
    compiled({
      steps: Array.from({ length: 1_000 }, (_, i) => {
        const layer = Math.floor(i / width);
        const before = layer === 0 ? [] : Array.from({ length: width }, (_unused, d) => `s${(layer - 1) * width + d}`);
        return { key: `s${i}`, type: 'work', dependsOn: before, ...more };
      }),
    });

  /** Counts reads of the arrays that hold edges. */
  function counting(graph: CompiledGraph): { graph: CompiledGraph; edges: () => number; reset: () => void } {
    let edges = 0;
    const counted = (array: Uint32Array): Uint32Array =>
      new Proxy(array, {
        get: (target, property) => {
          if (typeof property === 'string' && /^\d+$/.test(property)) edges += 1;
          const value: unknown = Reflect.get(target, property, target);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => {
            const result: unknown = Reflect.apply(value, target, args);
            if (property === 'subarray') edges += (result as Uint32Array).length;
            return result;
          };
        },
      });
    const watched = { ...graph, successors: counted(graph.successors), predecessors: counted(graph.predecessors) };
    return { graph: watched, edges: () => edges, reset: () => void (edges = 0) };
  }

  /** Runs all steps in order, and at the end cancels with compensation and compensates all. */
  function runAndCompensate(graph: CompiledGraph) {
    const watched = counting(graph);
    const instance = newInstance(watched.graph);
    const script = scriptOf(instance);
    script.when({ kind: 'start' });
    const keyOf = (step: number) => graph.steps[step]?.key ?? '';
    let dearest = 0;
    const last = graph.order.at(-1) as number;
    for (const step of graph.order) {
      if (step === last) break;
      const before = watched.edges();
      script.ends(keyOf(step), 'completed');
      dearest = Math.max(dearest, watched.edges() - before);
    }
    const forward = watched.edges();
    watched.reset();
    const started: string[] = [];
    const collect = (effects: readonly string[]) => {
      for (const effect of effects) if (effect.startsWith('compensate ')) started.push(effect.slice(11));
    };
    collect(script.when({ kind: 'cancel', compensate: true, reason: null }));
    collect(script.ends(keyOf(last), 'cancelled', true));
    for (const key of started) collect(script.compensation(key, 'completed'));
    const { status } = instance.state;
    return { forward, dearest, backward: watched.edges(), compensated: started.length, status };
  }

  test('each edge is looked at a few times on the way and a few times on the way back', () => {
    for (const graph of [chain({ compensation: { type: 'undo' } }), layered({ compensation: { type: 'undo' } })]) {
      const run = runAndCompensate(graph);
      assert.deepEqual([run.status, run.compensated], ['compensated', graph.steps.length]);
      assert.ok(run.forward <= 2 * graph.successors.length, `${run.forward} of ${graph.successors.length}`);
      assert.ok(run.backward <= 4 * graph.successors.length, `${run.backward} of ${graph.successors.length}`);
      const outDegree = graph.steps.map(
        (_, i) => (graph.successorStart[i + 1] as number) - (graph.successorStart[i] as number),
      );
      assert.ok(run.dearest <= 2 * Math.max(...outDegree), `${run.dearest} for one step`);
    }
  });

  test('a chain of steps with nothing to compensate is gone through once', () => {
    const watched = counting({ ...chain(), compensates: true });
    const script = started(watched.graph);
    for (let step = 0; step < steps - 1; step++) script.ends(`s${step}`, 'completed');
    watched.reset();
    const reported = script.ends(`s${steps - 1}`, 'failed');
    assert.deepEqual(reported.slice(-3), [
      'emit compensating (step-failed)',
      `emit failed s${steps - 1}`,
      'end-workflow failed',
    ]);
    assert.ok(watched.edges() <= 4 * steps, `${watched.edges()} edges`);
  });

  test('an item costs the same among ten and among ten thousand', () => {
    const costOf = (total: number) => {
      const over = Array(total).fill(0);
      const script = started(compiled({ steps: [{ key: 'all', type: 'item', each: { over, concurrency: 5 } }] }));
      const { fanOuts } = script.instance.state;
      let touched = 0;
      const watched = new Proxy(fanOuts.get(0) as object, {
        get: (target, property) => {
          touched += 1;
          return Reflect.get(target, property, target) as unknown;
        },
      });
      fanOuts.set(0, watched as never);
      script.item('all', 'completed');
      return touched;
    };
    assert.equal(costOf(10), costOf(10_000));
  });
});
