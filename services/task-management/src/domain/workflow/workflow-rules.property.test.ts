import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@taskflow/kit-testing';
import { WorkflowModel } from '../../../testing/workflow-model.ts';
import { compiled } from '../../../testing/workflow-script.ts';
import type { CompiledGraph, CompiledStep, GraphDefinition, StepDefinition } from './graph.ts';
import { isOpen, isSettled } from './step-life.ts';
import { keptSteps, mayHaveWorked } from './undo-order.ts';
import type { Allowance, StepOutcome, WorkflowCommand } from './workflow-command.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import { isAtRest, itemsAtWork, stateOf, stepState, type StepState, undoState } from './workflow-state.ts';
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
    if (event.type === 'step-prepared') return event.held ? undefined : beginOrLeave(model, chance, mood, event.step);
    if (event.type === 'undo-started') return chance.is(0.2) ? model.leaveUndo(event.step) : undefined;
    if (event.type === 'workflow-completed') return chance.is(0.2) ? model.leaveCompletion() : undefined;
    if (event.type !== 'step-started') return undefined;
    const at = stateOf(model.state, event.step);
    if (at === stepState.starting) return beginOrLeave(model, chance, mood, event.step);
    return chance.is(0.2) ? model.leave(event.step) : undefined;
  };
}

function beginOrLeave(model: WorkflowModel, chance: Chance, mood: Mood, step: number): WorkflowCommand | undefined {
  return chance.is(0.2) ? model.leave(step) : begin(model, chance, mood, step);
}

function begin(model: WorkflowModel, chance: Chance, { failure }: Mood, step: number): WorkflowCommand {
  const { kind, mapped } = model.graph.steps[step] as CompiledStep;
  if (chance.is(failure / 4)) return { type: 'settle-step', step, outcome: 'failed' };
  if (chance.is(0.1)) return { type: 'settle-step', step, outcome: 'skipped' };
  if (kind === 'task') return { type: 'begin', step, as: 'running' };
  if (mapped && stateOf(model.state, step) === stepState.starting) return { type: 'begin', step, as: 'preparing' };
  if (kind === 'each') {
    const total = chance.below(6);
    return { type: 'begin-items', step, total, laid: chance.below(total + 1), largest: chance.below(3) };
  }
  return { type: 'begin', step, as: 'waiting' };
}

function anyAllowance(chance: Chance): Allowance {
  return { starts: chance.below(4), bytes: chance.below(4), atLeastOne: chance.is(0.7) };
}

/** Everything that may happen now. */
function movesOf(model: WorkflowModel, chance: Chance, mood: Mood): WorkflowCommand[] {
  const { graph, state } = model;
  const moves: WorkflowCommand[] = [];
  const allowance = anyAllowance(chance);
  if (model.left) moves.push({ type: 'continue', allowance });
  for (let step = 0; step < graph.steps.length; step++) {
    const ended = anyOutcome(chance, mood);
    switch (stateOf(state, step)) {
      case stepState.starting:
      case stepState.prepared:
        if (state.status !== 'paused') moves.push(begin(model, chance, mood, step));
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
        if (fan && itemsAtWork(fan) > 0) moves.push({ type: 'settle-item', step, ...ended, allowance });
        if (fan && fan.laid < fan.total) {
          moves.push({ type: 'lay-items', step, count: 1 + chance.below(fan.total - fan.laid), allowance });
        }
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
    eachSeed(800, (seed) => {
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
    eachSeed(800, (seed) => {
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
    assert.ok(undone > 250, `${undone} steps were undone`);
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
