import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@taskflow/kit-testing';
import { type Logged, WorkflowModel } from '../../../testing/workflow-model.ts';
import { answerTo, compiled, endOf, overflowing } from '../../../testing/workflow-script.ts';
import { type Allowance, unlimited } from './allowance.ts';
import { committedSteps, mayHaveWorked } from './compensation-order.ts';
import type { Effect, StepOutcome } from './effect.ts';
import type { CompiledGraph, CompiledStep, GraphDefinition, StepDefinition } from './graph.ts';
import type { Input } from './input.ts';
import { jsonSource } from './json-source.ts';
import { isOpen, isSettled } from './step-life.ts';
import type { StepReading } from './step-reading.ts';
import { compensationState, isAtRest, itemsAtWork, stateOf, stepState, type StepState } from './workflow-state.ts';
import { isFinalWorkflow } from './workflow-status.ts';

/** Chance of one seed. */
class Chance {
  readonly #random: ReturnType<typeof seededRandom>;
  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }
  is(probability: number): boolean {
    return this.#random.next() < probability;
  }
  below(n: number): number {
    return Math.floor(this.#random.next() * n);
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** What steps read of the input: whether their conditions hold, and what they fan out over. */
function anyInput(chance: Chance) {
  return { go: [chance.is(0.8), chance.is(0.8)], items: Array.from({ length: chance.below(6) }, (_, n) => n) };
}

function anyStep(chance: Chance, i: number): StepDefinition {
  const items = { over: { $from: 'input.items' }, tolerate: chance.below(3), concurrency: 1 + chance.below(3) };
  const work = chance.one<Partial<StepDefinition>>([
    { type: 'work' },
    { type: 'work' },
    { type: 'work', ...(chance.is(0.1) && { payload: { $from: 'input.none' } }) },
    { type: 'item', each: items },
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
    ...(chance.is(0.2) && { when: { $from: `input.go.${chance.below(2)}` } }),
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

/** What the application answers to an effect in the same transaction; now and then it reads no more. */
function answering(input: unknown, chance: Chance) {
  const reading = readingOf(input);
  return (effect: Effect): Input | undefined => {
    if (effect.kind !== 'need') return undefined;
    if (effect.what === 'join') {
      const outcome = chance.is(0.8) ? 'joined' : chance.one(['too-large', 'later'] as const);
      return { kind: 'items-joined', step: effect.step, outcome };
    }
    const isAlone = 'alone' in effect && effect.alone;
    const read = chance.is(0.7) || isAlone ? reading : chance.one([undefined, overflowing]);
    return answerTo(effect, read);
  };
}

function readingOf(input: unknown): StepReading {
  const prepared = { ...(input as object), input: null, until: '2030-01-01T00:00:00Z', key: 'k' };
  const source = jsonSource('null');
  return {
    input: () => jsonSource(JSON.stringify(input)),
    result: (_step, part) => (part === 'own' ? 'null' : JSON.stringify(prepared)),
    source: () => source,
  };
}

/** So much, and the same each time that it is asked for. */
function anyAllowance(chance: Chance): () => Allowance {
  if (chance.is(0.4)) return () => unlimited;
  const [rows, starts, isSpent, closes] = [1 + chance.below(5), chance.below(5), chance.is(0.05), chance.is(0.8)];
  return () => {
    let [left, admitted] = [rows, 0];
    const take = (count: number) => {
      const fits = count <= left;
      if (fits) left -= count;
      return fits;
    };
    const fitting = (wanted: number) => {
      const count = Math.min(wanted, left);
      left -= count;
      return count;
    };
    return { ...unlimited, admit: () => (admitted += 1) <= starts, take, fitting, isSpent, mayClose: () => closes };
  };
}

/** Everything that may happen now. */
function movesOf(model: WorkflowModel, chance: Chance, mood: Mood): Input[] {
  const { graph, instance } = model;
  const { state } = instance;
  const moves: Input[] = [...model.deferred];
  for (let step = 0; step < graph.steps.length; step++) {
    const { outcome, unknown } = anyOutcome(chance, mood);
    const error = outcome === 'failed' ? '{}' : undefined;
    const at = stateOf(state, step);
    if (at === stepState.running) moves.push({ kind: 'task-ended', step, outcome, unknown, error });
    else if (at === stepState.waiting) moves.push(...endsOfWait(model, step, outcome));
    else if (at === stepState.preparing) {
      moves.push({ kind: 'prepare-ended', step, outcome: chance.is(0.1) ? 'skipped' : outcome, unknown: false, error });
    } else if (at === stepState.fanning) {
      const fan = state.fanOuts.get(step);
      if (fan && itemsAtWork(fan) > 0) moves.push({ kind: 'item-ended', step, outcome, unknown, error });
    }
    if (state.compensation?.steps[step] === compensationState.running) {
      moves.push({ kind: 'compensation-ended', step, outcome, unknown: false, error });
    }
  }
  return moves;
}

function endsOfWait({ graph, instance }: WorkflowModel, step: number, outcome: StepOutcome): Input[] {
  const { kind } = graph.steps[step] as CompiledStep;
  if (kind === 'child') return [endOf(instance, step, outcome)];
  if (kind === 'event') return [endOf(instance, step, outcome === 'completed' ? 'completed' : 'failed')];
  return [{ kind: 'timer-fired', step }];
}

function meddle(model: WorkflowModel, chance: Chance): Input {
  const step = chance.below(model.graph.steps.length);
  const key = model.graph.steps[step]?.key ?? '';
  const end = { step, outcome: 'failed', unknown: false, error: undefined } as const;
  return chance.one<Input>([
    { kind: 'cancel', compensate: chance.is(0.5), reason: null },
    { kind: 'pause', reason: null },
    { kind: 'resume' },
    { kind: 'retry', from: chance.is(0.5) ? key : undefined },
    { kind: 'resolve-compensation', step: key, reason: 'by hand' },
    { kind: 'signal-came', name: 'go', payload: 'null' },
    { kind: 'child-ended', step, child: { id: 'c', name: 'c' }, status: 'failed', output: undefined },
    // Repetitions of what may have ended long ago.
    ...(model.instance.state.compensation?.steps[step] === compensationState.running
      ? []
      : [{ kind: 'compensation-ended', ...end } as const]),
    ...(stateOf(model.instance.state, step) === stepState.running ? [] : [{ kind: 'task-ended', ...end } as const]),
  ]);
}

/** Runs a workflow until nothing can happen any more. */
function drive(seed: number, mood: Mood, onMove: (model: WorkflowModel) => void = () => undefined): WorkflowModel {
  const chance = new Chance(seed);
  const definition = anyDefinition(chance);
  const model = new WorkflowModel(compiled(definition));
  const answer = answering(anyInput(chance), chance);
  const transact = (input: Input) => {
    model.transact(input, answer, anyAllowance(chance));
    onMove(model);
  };
  transact({ kind: 'start' });
  for (let move = 0; move < 4_000; move++) {
    if (move < 60 && chance.is(mood.meddling)) {
      const isMoved = mood.moving === true && chance.is(0.1);
      transact(isMoved ? { kind: 'retry', onto: reordered(definition, chance) } : meddle(model, chance));
      continue;
    }
    const moves = movesOf(model, chance, move < 60 ? mood : { ...mood, failure: 0 });
    const [next] = moves.length > 0 ? [chance.one(moves)] : wakeUp(model);
    if (next === undefined) return model;
    const at = model.deferred.indexOf(next);
    if (at !== -1) model.deferred.splice(at, 1);
    transact(next);
  }
  throw new Error('It never comes to its end.');
}

function wakeUp({ instance: { state } }: WorkflowModel): Input[] {
  if (state.status === 'paused') return [{ kind: 'resume' }];
  if (state.status === 'compensation-stuck') return [{ kind: 'retry' }];
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
      const { graph, instance } = drive(seed, rough);
      const { state } = instance;
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
      const { state } = drive(seed, { failure: 0, meddling: 0 }).instance;
      assert.ok(['completed', 'compensated', 'failed'].includes(state.status));
      if (state.status === 'completed') assert.equal(state.unsettled, 0);
    });
  });

  test('what is compensated is compensated once, later steps before earlier ones, and all of it that can be', () => {
    let compensated = 0;
    eachSeed(800, (seed) => {
      const { log, graph, instance } = drive(seed, { failure: 0.15, meddling: 0.05 }, (model) => {
        const { compensation } = model.instance.state;
        if (compensation?.waitingFor.includes(65_535)) assert.fail('a step was done twice');
      });
      compensated += checkCompensation(graph, log);
      const last = runsOf(log).at(-1) ?? [];
      if (!last.some(isCompensating)) return;
      const committed = committedSteps(graph, instance.state.steps);
      const toCompensate = graph.steps.flatMap(({ compensation }, step) =>
        compensation && committed[step] === 0 && mayHaveWorked(stateOf(instance.state, step)) ? [step] : [],
      );
      const started = new Set(last.flatMap((one) => startedIn(one) ?? []));
      assert.deepEqual([...started].sort(), toCompensate.sort());
    });
    assert.ok(compensated > 250, `${compensated} steps were compensated`);
  });
});

const effectIn = (one: Logged): Effect | undefined => ('effect' in one ? one.effect : undefined);

function isCompensating(one: Logged): boolean {
  const effect = effectIn(one);
  return effect?.kind === 'emit' && effect.event.kind === 'compensating' && effect.event.reason !== 'retried';
}

/** The step that is compensated from here on; its task may be there before, when it was stuck. */
function startedIn(one: Logged): number | undefined {
  const effect = effectIn(one);
  return effect?.kind === 'compensate' ? effect.step : undefined;
}

/** Checks each run of the workflow by what was logged alone, and gives how many steps were compensated. */
function checkCompensation(graph: CompiledGraph, log: readonly Logged[]): number {
  let compensated = 0;
  for (const run of runsOf(log)) {
    const at = run.findIndex(isCompensating);
    if (at === -1) {
      assert.ok(run.every((one) => startedIn(one) === undefined));
      continue;
    }
    const starts = run.slice(at).filter((one) => ['start-task', 'start-items'].includes(effectIn(one)?.kind ?? ''));
    assert.deepEqual(starts, [], 'nothing starts while steps are compensated');
    const { started, ended } = compensationsIn(run);
    assert.deepEqual([...started.keys()].sort(), [...ended.keys()].sort(), 'what started to be compensated was');
    for (const [step, from] of started) {
      for (const follower of followersOf(graph, step)) {
        const over = ended.get(follower);
        if (over !== undefined) assert.ok(over < from, `s${follower} before s${step}`);
      }
    }
    for (const one of run) {
      const effect = effectIn(one);
      const isOver = effect?.kind === 'emit' && effect.event.kind === 'compensated';
      if (isOver) assert.equal((effect.event as { compensations: number }).compensations, ended.size);
    }
    compensated += started.size;
  }
  return compensated;
}

/** Where the compensation of each step started for the first time, and where it ended for good. */
function compensationsIn(run: readonly Logged[]) {
  const started = new Map<number, number>();
  const ended = new Map<number, number>();
  const running = new Set<number>();
  for (const [i, one] of run.entries()) {
    const step = startedIn(one);
    if (step !== undefined) {
      assert.ok(!running.has(step) && !ended.has(step), 'one compensation at a time');
      running.add(step);
      if (!started.has(step)) started.set(step, i);
    }
    const effect = effectIn(one);
    if (effect?.kind === 'resolve-compensation') ended.set(effect.step, i);
    if (!('input' in one) || one.input.kind !== 'compensation-ended') continue;
    running.delete(one.input.step);
    if (one.input.outcome === 'completed') ended.set(one.input.step, i);
  }
  return { started, ended };
}

function runsOf(log: readonly Logged[]): Logged[][] {
  const runs: Logged[][] = [[]];
  for (const one of log) {
    const effect = effectIn(one);
    if (effect?.kind === 'need' && effect.what === 'reset') runs.push([]);
    runs.at(-1)?.push(one);
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
