import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileGraph } from './compile-graph.ts';
import { decide, settle, startedState, type StepOutcome } from './decide-workflow.ts';
import type { CompiledGraph } from './graph.ts';
import { evolve, liveSteps, rebuildState, type StepState, stepState, type WorkflowState } from './workflow-state.ts';
import { isFinalWorkflow } from './workflow-status.ts';

/** Any acyclic graph: a step may depend on those before it, and the definition lists them in any order. */
const anyGraph = fc
  .integer({ min: 1, max: 25 })
  .chain((size) =>
    fc.record({
      edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: size * 3 }),
      order: fc.shuffledSubarray(
        Array.from({ length: size }, (_, i) => i),
        { minLength: size },
      ),
    }),
  )
  .map(({ edges, order }) => {
    const steps = order.map((step) => ({
      key: `s${step}`,
      type: 'work',
      dependsOn: edges.filter(([a, b]) => a > b && a === step).map(([, b]) => `s${b}`),
    }));
    const compilation = compileGraph({ steps });
    assert.ok('graph' in compilation);
    return compilation.graph;
  });

/** Drives a run: each number picks a live step to end, and how; a cancel may come in between. */
const anyMoves = fc.record({
  picks: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  endings: fc.array(
    fc.constantFrom<StepOutcome>('completed', 'completed', 'completed', 'completed', 'failed', 'cancelled'),
    {
      minLength: 60,
      maxLength: 60,
    },
  ),
  cancelAt: fc.option(fc.nat(30), { nil: undefined }),
});
const onlyCompletions = fc.record({
  picks: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  endings: fc.constant(Array.from<StepOutcome>({ length: 60 }).fill('completed')),
  cancelAt: fc.constant(undefined),
});
type Moves = typeof anyMoves extends fc.Arbitrary<infer M> ? M : never;

interface Run {
  readonly state: WorkflowState;
  readonly started: Map<number, number>;
  readonly endings: string[];
  /** What the rows of the database would say. */
  readonly rows: Map<number, StepState>;
  failedStep: string | null;
}

const stateAfter = {
  completed: stepState.completed,
  failed: stepState.failed,
  unstartable: stepState.failed,
  cancelled: stepState.cancelled,
} as const;

function drive(graph: CompiledGraph, { picks, endings, cancelAt }: Moves, onMove: (run: Run) => void): Run {
  const state = startedState(graph);
  const run: Run = { state, started: new Map(), endings: [], rows: new Map(), failedStep: null };
  for (const step of graph.roots) recordStart(graph, run, step);
  for (let move = 0; state.live > 0; move++) {
    if (move === cancelAt) cancel(graph, state);
    const live = liveSteps(state);
    const step = live[(picks[move % picks.length] as number) % live.length] as number;
    const outcome = endings[move % endings.length] as StepOutcome;
    endStep(graph, run, step, outcome);
    onMove(run);
  }
  return run;
}

function cancel(graph: CompiledGraph, state: WorkflowState): void {
  const decision = decide(graph, state, { type: 'cancel' });
  if ('refusal' in decision) return;
  for (const event of decision) evolve(graph, state, event);
}

function endStep(graph: CompiledGraph, run: Run, step: number, outcome: StepOutcome): void {
  const again = structuredClone(run.state);
  const events = settle(graph, run.state, step, outcome);
  assert.deepEqual(settle(graph, again, step, outcome), events, 'the same decision from the same state');
  run.rows.set(step, stateAfter[outcome]);
  for (const event of events) {
    if (event.type === 'step-started') recordStart(graph, run, event.step);
    if (event.type.startsWith('workflow-')) run.endings.push(event.type);
    if (event.type === 'workflow-failed') run.failedStep = graph.steps[event.step]?.key ?? null;
  }
  assert.deepEqual(settle(graph, run.state, step, 'completed'), [], 'an outcome that comes again changes nothing');
}

function recordStart(graph: CompiledGraph, run: Run, step: number): void {
  run.started.set(step, (run.started.get(step) ?? 0) + 1);
  run.rows.set(step, stepState.live);
  for (const key of graph.steps[step]?.dependsOn ?? []) {
    const dependency = graph.indexOf.get(key) as number;
    assert.equal(run.state.steps[dependency], stepState.completed, 'a step starts only after all its dependencies');
  }
}

describe('any acyclic graph, its steps ending in any order', () => {
  test('every step runs at most once, after its dependencies, and the workflow ends exactly once', () => {
    fc.assert(
      fc.property(anyGraph, anyMoves, (graph, moves) => {
        const run = drive(graph, moves, () => undefined);
        for (const [step, times] of run.started) assert.equal(times, 1, `step ${step}`);
        assert.equal(run.endings.length, 1);
        assert.ok(isFinalWorkflow(run.state.status));
        assert.equal(run.state.live, 0);
      }),
      { numRuns: 500 },
    );
  });

  test('every step runs when all complete', () => {
    fc.assert(
      fc.property(anyGraph, onlyCompletions, (graph, moves) => {
        const run = drive(graph, moves, () => undefined);
        assert.equal(run.started.size, graph.steps.length);
        assert.deepEqual(run.endings, ['workflow-completed']);
        assert.equal(run.state.uncompleted, 0);
      }),
      { numRuns: 300 },
    );
  });

  test('the state rebuilt from rows is the state in memory, after every move', () => {
    fc.assert(
      fc.property(anyGraph, anyMoves, (graph, moves) => {
        drive(graph, moves, ({ state, rows, failedStep }) => {
          const steps = [...rows].map(([step, as]) => ({ key: graph.steps[step]?.key ?? '', state: as }));
          const { status, cancelRequested } = state;
          assert.deepEqual(rebuildState(graph, { status, cancelRequested, failedStep, steps }), state);
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('the cost of a finished step', () => {
  /** Counts every read of the graph's and the state's arrays. */
  function countingReads(graph: CompiledGraph, state: WorkflowState) {
    let reads = 0;
    const counted = <T extends object>(array: T): T =>
      new Proxy(array, {
        get: (target, property) => {
          if (typeof property === 'string' && /^\d+$/.test(property)) reads += 1;
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    const watchedGraph = {
      ...graph,
      steps: counted(graph.steps),
      successors: counted(graph.successors),
      successorStart: counted(graph.successorStart),
    };
    const watchedState = { ...state, steps: counted(state.steps), waitingFor: counted(state.waitingFor) };
    return { settle: (step: number) => settle(watchedGraph, watchedState, step, 'completed'), reads: () => reads };
  }

  test('is the same in a chain of 10 and of 10,000 steps', () => {
    const costOf = (length: number) => {
      const steps = Array.from({ length }, (_, i) => ({
        key: `s${i}`,
        type: 'work',
        dependsOn: i === 0 ? [] : [`s${i - 1}`],
      }));
      const compilation = compileGraph({ steps });
      assert.ok('graph' in compilation);
      const watched = countingReads(compilation.graph, startedState(compilation.graph));
      watched.settle(0);
      return watched.reads();
    };
    assert.equal(costOf(10), costOf(10_000));
  });

  test('is the same for one of 10 and of 1,000 dependencies of a join', () => {
    const costOf = (width: number) => {
      const wide = Array.from({ length: width }, (_, i) => ({ key: `s${i}`, type: 'work', dependsOn: [] }));
      const join = { key: 'join', type: 'work', dependsOn: wide.map(({ key }) => key) };
      const compilation = compileGraph({ steps: [...wide, join] });
      assert.ok('graph' in compilation);
      const watched = countingReads(compilation.graph, startedState(compilation.graph));
      watched.settle(0);
      return watched.reads();
    };
    assert.equal(costOf(10), costOf(1_000));
  });
});
