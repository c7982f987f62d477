import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@taskflow/kit-testing';
import { WorkflowModel } from '../../../testing/workflow-model.ts';
import { compileGraph } from './compile-graph.ts';
import { decide, startedState } from './decide-workflow.ts';
import type { CompiledGraph, CompiledStep, GraphDefinition, StepDefinition } from './graph.ts';
import { isOpen, isSettled, startsAs } from './step-life.ts';
import { keptSteps, mayHaveWorked } from './undo-order.ts';
import type { StepOutcome, WorkflowCommand } from './workflow-command.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import {
  initialState,
  isAtRest,
  itemsAtWork,
  stateOf,
  stepState,
  type StepState,
  undoState,
} from './workflow-state.ts';
import { isFinalWorkflow } from './workflow-status.ts';

/** Chance of one seed. */
class Chance {
  private readonly random: ReturnType<typeof seededRandom>;
  constructor(seed: number) {
    this.random = seededRandom(seed);
  }
  is(probability: number): boolean {
    return this.random.next() < probability;
  }
  below(n: number): number {
    return Math.floor(this.random.next() * n);
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

function anyStep(chance: Chance, i: number): StepDefinition {
  const work = chance.one<Partial<StepDefinition>>([
    { type: 'work' },
    { type: 'work' },
    { type: 'work' },
    { type: 'item', each: { over: [], tolerate: chance.below(3), concurrency: 1 + chance.below(3) } },
    { child: { definition: 'child', onParentClose: chance.one(['cancel', 'abandon'] as const) } },
    { sleep: { for: 5 } },
    { waitForSignal: { signal: 'go', timeout: 5 } },
    { waitForEvent: { event: 'paid', key: 'k', timeout: 5 } },
  ]);
  const works = work.type !== undefined || work.child !== undefined;
  return {
    key: `s${i}`,
    ...work,
    mapped: chance.is(0.2),
    dependsOn: Array.from({ length: i }, (_, d) => `s${d}`).filter(() => chance.is(0.3)),
    ...(chance.is(0.2) && { when: { $from: 'input' } }),
    ...(chance.is(0.2) && { onError: 'continue' as const }),
    ...(works && chance.is(0.6) && { compensation: { type: 'undo' } }),
    ...(works && chance.is(0.1) && { commit: true }),
  };
}

function anyDefinition(chance: Chance): GraphDefinition {
  const steps = Array.from({ length: 1 + chance.below(12) }, (_, i) => anyStep(chance, i));
  // The definition lists its steps in any order.
  steps.sort(() => chance.below(3) - 1);
  return { steps, onFailure: chance.is(0.8) ? 'compensate' : 'stop' };
}

/** The same steps in another order, so that they have other numbers. */
function reordered({ steps, ...rest }: GraphDefinition, chance: Chance): CompiledGraph {
  return compiled({ ...rest, steps: [...steps].sort(() => chance.below(3) - 1) });
}

function compiled(definition: GraphDefinition): CompiledGraph {
  const compilation = compileGraph(definition);
  assert.ok('graph' in compilation, JSON.stringify(compilation));
  return compilation.graph;
}

/** How often things go wrong and callers meddle. */
interface Mood {
  readonly failure: number;
  readonly meddling: number;
  /** Retries go on with another graph, too. */
  readonly moving?: boolean;
}

function anyOutcome(chance: Chance, { failure }: Mood): { outcome: StepOutcome; unknown: boolean } {
  const outcome = chance.is(failure) ? chance.one(['failed', 'failed', 'cancelled'] as const) : 'completed';
  return { outcome, unknown: chance.is(0.4) };
}

/** What the application answers to an event in the same turn. */
function answerTo(model: WorkflowModel, chance: Chance, mood: Mood) {
  return (event: WorkflowEvent): WorkflowCommand | undefined => {
    if (event.type === 'items-settled') {
      const outcome = chance.is(0.9) ? 'completed' : 'failed';
      return { type: 'settle-step', step: event.step, outcome };
    }
    if (event.type === 'step-prepared') return event.held ? undefined : begin(model, chance, mood, event.step);
    if (event.type !== 'step-started') return undefined;
    const startsLater = startsAs(model.graph.steps[event.step] as CompiledStep) === 'starting';
    // First steps begin by a wait of their own, after the workflow was created.
    return startsLater && model.log.length > model.graph.roots.length
      ? begin(model, chance, mood, event.step)
      : undefined;
  };
}

function begin(model: WorkflowModel, chance: Chance, { failure }: Mood, step: number): WorkflowCommand {
  const { kind, mapped } = model.graph.steps[step] as CompiledStep;
  if (chance.is(failure / 4)) return { type: 'settle-step', step, outcome: 'failed' };
  if (chance.is(0.1)) return { type: 'settle-step', step, outcome: 'skipped' };
  if (kind === 'task') return { type: 'begin', step, as: 'running' };
  if (mapped && stateOf(model.state, step) === stepState.starting) return { type: 'begin', step, as: 'preparing' };
  if (kind === 'each') return { type: 'begin-items', step, total: chance.below(6) };
  return { type: 'begin', step, as: 'waiting' };
}

/** Everything that may happen now. */
function movesOf(model: WorkflowModel, chance: Chance, mood: Mood): WorkflowCommand[] {
  const { graph, state } = model;
  const moves: WorkflowCommand[] = [];
  for (let step = 0; step < graph.steps.length; step++) {
    const ended = anyOutcome(chance, mood);
    switch (stateOf(state, step)) {
      case stepState.starting:
        moves.push(begin(model, chance, mood, step));
        break;
      case stepState.preparing:
        moves.push({ type: 'settle-prepare', step, outcome: chance.is(0.1) ? 'skipped' : ended.outcome });
        break;
      case stepState.running:
        moves.push({ type: 'settle-step', step, ...ended });
        break;
      case stepState.waiting:
        moves.push({ type: 'settle-step', step, outcome: ended.outcome });
        break;
      case stepState.fanning: {
        const fan = state.fanOuts.get(step);
        if (fan && itemsAtWork(fan) > 0) moves.push({ type: 'settle-item', step, ...ended });
        break;
      }
      default:
    }
    if (state.compensation?.undo[step] === undoState.running) {
      const outcome = ended.outcome === 'skipped' ? 'completed' : ended.outcome;
      moves.push({ type: 'settle-undo', step, outcome });
    }
  }
  return moves;
}

function meddle(model: WorkflowModel, chance: Chance): WorkflowCommand {
  const step = chance.below(model.graph.steps.length);
  return chance.one<WorkflowCommand>([
    { type: 'cancel', compensate: chance.is(0.5) },
    { type: 'pause' },
    { type: 'resume' },
    { type: 'retry', from: chance.is(0.5) ? step : undefined },
    { type: 'settle-undo-by-hand', step },
    // Repetitions of what may have ended long ago.
    { type: 'settle-undo', step, outcome: 'failed' },
    ...(isOpen(stateOf(model.state, step)) ? [] : [{ type: 'settle-step', step, outcome: 'failed' } as const]),
  ]);
}

/** Runs a workflow until nothing can happen any more. */
function drive(seed: number, mood: Mood, onMove: (model: WorkflowModel) => void = () => undefined): WorkflowModel {
  const chance = new Chance(seed);
  const definition = anyDefinition(chance);
  const model = new WorkflowModel(compiled(definition));
  const answer = answerTo(model, chance, mood);
  model.turn({ type: 'start' }, answer);
  for (let move = 0; move < 2_000; move++) {
    if (move < 60 && chance.is(mood.meddling)) {
      const command = meddle(model, chance);
      if (mood.moving && chance.is(0.2)) model.turnOnto(reordered(definition, chance), undefined, answer);
      const stale =
        command.type === 'settle-undo' && model.state.compensation?.undo[command.step] === undoState.running;
      if (!stale) model.turn(command, answer);
      onMove(model);
      continue;
    }
    const moves = movesOf(model, chance, move < 60 ? mood : { ...mood, failure: 0 });
    const [next] = moves.length > 0 ? [chance.one(moves)] : wakeUp(model);
    if (next === undefined) return model;
    model.turn(next, answer);
    onMove(model);
  }
  throw new Error('It never comes to its end.');
}

function wakeUp({ state }: WorkflowModel): WorkflowCommand[] {
  if (state.status === 'paused') return [{ type: 'resume' }];
  if (state.status === 'compensation-stuck') return [{ type: 'retry' }];
  return [];
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);
const rough: Mood = { failure: 0.12, meddling: 0.08, moving: true };

function eachSeed(count: number, check: (seed: number) => void): void {
  for (const seed of seeds(count)) {
    try {
      check(seed);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}

describe('any workflow, whatever happens to it in any order', () => {
  test('comes to an end in which every step has one that fits', () => {
    const endings = new Map<string, number>();
    eachSeed(1_500, (seed) => {
      const { graph, state } = drive(seed, rough);
      endings.set(state.status, (endings.get(state.status) ?? 0) + 1);
      assert.ok(isFinalWorkflow(state.status), state.status);
      assert.ok(isAtRest(state));
      assert.equal(state.compensation, undefined);
      const at = graph.steps.map((_, step) => stateOf(state, step));
      assert.ok(at.every((step) => !isOpen(step)));
      if (state.status === 'completed') assert.ok(at.every((as, step) => isSettled(graph, step, as)));
      if (state.status === 'failed') assert.ok(at.some((as, step) => !isSettled(graph, step, as)));
      for (const [step, as] of at.entries()) {
        if (as === stepState.blocked) continue;
        const before = graph.predecessors.subarray(graph.predecessorStart[step], graph.predecessorStart[step + 1]);
        for (const i of before)
          assert.ok(isSettled(graph, i, at[i] as StepState), 'it started after what it waits for');
      }
    });
    assert.deepEqual([...endings.keys()].sort(), ['cancelled', 'compensated', 'completed', 'failed']);
  });

  test('every step runs when nothing goes wrong', () => {
    eachSeed(300, (seed) => {
      const { state } = drive(seed, { failure: 0, meddling: 0 });
      assert.ok(['completed', 'compensated', 'failed'].includes(state.status));
      if (state.status === 'completed') assert.equal(state.unsettled, 0);
    });
  });

  test('what is undone is undone once, later steps before earlier ones, and all of it that can be', () => {
    let undone = 0;
    eachSeed(1_500, (seed) => {
      const { log, graph, state } = drive(seed, { failure: 0.15, meddling: 0.05 }, (model) => {
        if (model.state.compensation?.waitingFor.includes(65_535)) assert.fail('a step was passed twice');
      });
      undone += checkUndoing(graph, log);
      const last = runsOf(log).at(-1) ?? [];
      if (!last.some(({ type }) => type === 'workflow-compensating')) return;
      const kept = keptSteps(graph, state.steps);
      const toUndo = graph.steps.flatMap(({ compensation }, step) =>
        compensation && kept[step] === 0 && mayHaveWorked(stateOf(state, step)) ? [step] : [],
      );
      const begun = last.flatMap((event) => (event.type === 'undo-started' && !event.again ? [event.step] : []));
      assert.deepEqual(begun.sort(), toUndo.sort());
    });
    assert.ok(undone > 500, `${undone} steps were undone`);
  });
});

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

/** Checks each run of the workflow by its events alone, and gives how many steps were undone. */
function checkUndoing(graph: CompiledGraph, log: readonly WorkflowEvent[]): number {
  let undone = 0;
  for (const run of runsOf(log)) {
    const at = run.findIndex(({ type }) => type === 'workflow-compensating');
    if (at === -1) {
      assert.ok(!run.some(({ type }) => type.startsWith('undo-')));
      continue;
    }
    const begins = run.slice(at).filter(({ type }) => type === 'step-started' || type === 'items-started');
    assert.deepEqual(begins, [], 'nothing begins while steps are undone');
    const started = new Map<number, number>();
    const ended = new Map<number, number>();
    run.forEach((event, i) => {
      if (event.type === 'undo-started' && !event.again) {
        assert.ok(!started.has(event.step), 'undone once');
        started.set(event.step, i);
      }
      if (event.type === 'undo-completed' || event.type === 'undo-settled') ended.set(event.step, i);
      if (event.type === 'step-started') ended.delete(event.step);
    });
    assert.deepEqual([...started.keys()].sort(), [...ended.keys()].sort(), 'what began to be undone was');
    for (const [step, begun] of started) {
      for (const follower of followersOf(graph, step)) {
        const over = ended.get(follower);
        if (over !== undefined) assert.ok(over < begun, `s${follower} before s${step}`);
      }
    }
    if (run.at(-1)?.type === 'workflow-compensated')
      assert.equal((run.at(-1) as { compensations: number }).compensations, ended.size);
    undone += started.size;
  }
  return undone;
}

function runsOf(log: readonly WorkflowEvent[]): WorkflowEvent[][] {
  const runs: WorkflowEvent[][] = [[]];
  for (const event of log) {
    if (event.type === 'workflow-retried') runs.push([]);
    runs.at(-1)?.push(event);
  }
  return runs;
}

function followersOf(graph: CompiledGraph, from: number): Set<number> {
  const followers = new Set<number>();
  const path = [from];
  for (let step = path.pop(); step !== undefined; step = path.pop()) {
    for (const next of graph.successors.subarray(graph.successorStart[step], graph.successorStart[step + 1])) {
      if (followers.has(next)) continue;
      followers.add(next);
      path.push(next);
    }
  }
  return followers;
}
