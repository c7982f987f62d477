import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compiled } from '../../../testing/workflow-script.ts';
import { decide, startedState } from './decide-workflow.ts';
import type { CompiledGraph, StepDefinition } from './graph.ts';
import type { WorkflowCommand } from './workflow-command.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import { initialState } from './workflow-state.ts';

describe('the cost of deciding', () => {
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

  /** Runs all steps in order, and at the end cancels with compensation and undoes all. */
  function runAndUndo(graph: CompiledGraph) {
    const watched = counting(graph);
    const state = initialState(graph);
    const act = (command: WorkflowCommand) => {
      const events = decide(watched.graph, state, command);
      assert.ok(!('refusal' in events));
      return events;
    };
    act({ type: 'start' });
    let dearest = 0;
    const last = graph.order.at(-1) as number;
    for (const step of graph.order) {
      if (step === last) break;
      const before = watched.edges();
      act({ type: 'settle-step', step, outcome: 'completed' });
      dearest = Math.max(dearest, watched.edges() - before);
    }
    const forward = watched.edges();
    watched.reset();
    const undone: number[] = [];
    const collect = (events: readonly WorkflowEvent[]) => {
      for (const event of events) if (event.type === 'undo-started') undone.push(event.step);
    };
    collect(act({ type: 'cancel', compensate: true }));
    collect(act({ type: 'settle-step', step: last, outcome: 'cancelled', unknown: true }));
    for (const step of undone) collect(act({ type: 'settle-undo', step, outcome: 'completed' }));
    return { forward, dearest, backward: watched.edges(), undone: undone.length, status: state.status };
  }

  test('each edge is looked at a few times on the way and a few times on the way back', () => {
    for (const graph of [chain({ compensation: { type: 'undo' } }), layered({ compensation: { type: 'undo' } })]) {
      const run = runAndUndo(graph);
      assert.deepEqual([run.status, run.undone], ['compensated', graph.steps.length]);
      assert.ok(run.forward <= 2 * graph.successors.length, `${run.forward} of ${graph.successors.length}`);
      assert.ok(run.backward <= 4 * graph.successors.length, `${run.backward} of ${graph.successors.length}`);
      const outDegree = graph.steps.map(
        (_, i) => (graph.successorStart[i + 1] as number) - (graph.successorStart[i] as number),
      );
      assert.ok(run.dearest <= 2 * Math.max(...outDegree), `${run.dearest} for one step`);
    }
  });

  test('a chain of steps with nothing to undo is passed once', () => {
    const graph = chain();
    const state = startedState(graph);
    const watched = counting({ ...graph, compensates: true });
    for (let step = 0; step < steps - 1; step++)
      decide(graph, state, { type: 'settle-step', step, outcome: 'completed' });
    const events = decide(watched.graph, state, { type: 'settle-step', step: steps - 1, outcome: 'failed' });
    assert.ok(!('refusal' in events));
    assert.deepEqual(
      events.slice(-2).map(({ type }) => type),
      ['workflow-compensating', 'workflow-failed'],
    );
    assert.ok(watched.edges() <= 4 * steps, `${watched.edges()} edges`);
  });

  test('an item costs the same among ten and among ten thousand', () => {
    const costOf = (total: number) => {
      const graph = compiled({ steps: [{ key: 'all', type: 'item', each: { over: [], concurrency: 5 } }] });
      const state = startedState(graph);
      decide(graph, state, { type: 'begin-items', step: 0, total });
      const fan = state.fanOuts.get(0);
      let touched = 0;
      const watched = new Proxy(fan as object, {
        get: (target, property) => {
          touched += 1;
          return Reflect.get(target, property, target) as unknown;
        },
      });
      state.fanOuts.set(0, watched as never);
      decide(graph, state, { type: 'settle-item', step: 0, outcome: 'completed' });
      return touched;
    };
    assert.equal(costOf(10), costOf(10_000));
  });
});
