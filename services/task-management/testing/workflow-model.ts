import assert from 'node:assert/strict';
import type { TaskStatus } from '../src/domain/task/task-status.ts';
import { type Allowance, unlimited } from '../src/domain/workflow/allowance.ts';
import type { Effect } from '../src/domain/workflow/effect.ts';
import type { CompiledGraph } from '../src/domain/workflow/graph.ts';
import type { Input, PartEnd, RefusedInput } from '../src/domain/workflow/input.ts';
import { type Instance, newInstance } from '../src/domain/workflow/instance.ts';
import { rebuildState, type StoredWorkflow } from '../src/domain/workflow/rebuild-state.ts';
import { transition } from '../src/domain/workflow/transition.ts';
import { type FanOut, stepState } from '../src/domain/workflow/workflow-state.ts';

interface Row {
  status: TaskStatus;
  unknown: boolean;
}

/** What the application answers to an effect in the same transaction. */
type Answer = (effect: Effect) => Input | undefined;

type Recorders = {
  readonly [T in Effect['kind']]?: (effect: Extract<Effect, { readonly kind: T }>, key: string) => void;
};

/** What happened, in its order: inputs and what followed from them. */
export type Logged = { readonly input: Input } | { readonly effect: Effect };

/**
 * One workflow with the rows that its effects write, in memory. After every input it checks that the same instance does
 * the same, and after every transaction that the rows alone rebuild the instance.
 */
export class WorkflowModel {
  readonly instance: Instance;
  readonly rows = new Map<string, Row>();
  /** Those that have rows. */
  readonly items = new Map<string, Row[]>();
  readonly #fans = new Map<string, FanOut>();
  /** What was deferred. */
  readonly deferred: Input[] = [];
  readonly log: Logged[] = [];
  readonly #timers = new Set<number>();
  #signals = 0;
  #header: Pick<StoredWorkflow, 'status' | 'cancelRequested' | 'failedStep'>;

  constructor(graph: CompiledGraph) {
    this.instance = newInstance(graph);
    this.#header = { status: 'running', cancelRequested: false, failedStep: null };
  }

  get graph(): CompiledGraph {
    return this.instance.graph;
  }

  /** Moves the workflow by an input, and by what the application answers to its effects in the same transaction. */
  transact(input: Input, answer: Answer, allowance: () => Allowance = () => unlimited): RefusedInput | undefined {
    const effects = this.#move(input, allowance);
    if ('refusal' in effects) return effects;
    const pending = [...effects];
    for (let effect = pending.shift(); effect !== undefined; effect = pending.shift()) {
      const reply = answer(effect);
      if (reply === undefined) continue;
      const more = this.#move(reply, allowance);
      assert.ok(!('refusal' in more), JSON.stringify(reply));
      pending.push(...more);
    }
    this.#check();
    return undefined;
  }

  #move(input: Input, allowance: () => Allowance): readonly Effect[] | RefusedInput {
    const { graph, state, extras } = this.instance;
    const again = { ...this.instance, state: structuredClone(state), extras: structuredClone(extras) };
    const effects = transition(this.instance, input, allowance());
    if ('refusal' in effects) {
      assert.deepEqual(this.instance, again, 'a refusal changes nothing');
      return effects;
    }
    assert.deepEqual(transition(again, input, allowance()), effects, 'the same from the same instance');
    this.#recordInput(graph, input);
    for (const effect of effects) this.#record(effect);
    return effects;
  }

  #check(): void {
    const { state, extras } = this.instance;
    assert.deepEqual(rebuildState(this.graph, this.stored()), state, 'the rows rebuild the state');
    for (const [step, items] of state.fanOuts) {
      assert.deepEqual(this.#fans.get(this.graph.steps[step]?.key ?? ''), items, 'how items stand is written');
    }
    assert.ok(!state.steps.includes(stepState.ready), 'what is ready starts or goes back');
    assert.deepEqual([...(extras?.timers ?? [])].sort(), [...this.#timers].sort(), 'timers of the steps that have one');
    assert.equal(
      this.deferred.some(({ kind }) => kind === 'go-on'),
      extras?.deferred === true,
      'one reminder',
    );
    assert.equal(extras?.signals.get('go') ?? 0, this.#signals);
  }

  /** Rows as the database would give them. */
  stored(): StoredWorkflow {
    const rows = [...this.rows].map(([address, { status, unknown }]) => {
      const [key = '', part = 'own'] = address.split('/');
      return { key, part: part as 'own', status, outcomeUnknown: unknown };
    });
    const items = [...this.items].map(([key, list]) => {
      const count = (...statuses: TaskStatus[]) => list.filter(({ status }) => statuses.includes(status)).length;
      const unknown = list.filter((item) => item.unknown).length;
      const { total = 0, largest = 0, closed = false } = this.#fans.get(key) ?? {};
      const started = list.length - count('blocked', 'skipped');
      const ended = { completed: count('completed'), failed: count('failed', 'cancelled'), unknown };
      return { key, total, largest, closed, laid: closed ? total : list.length, started, ...ended };
    });
    return { ...this.#header, rows, items };
  }

  /** What the settling statements wrote before anything was decided. */
  #recordInput(graph: CompiledGraph, input: Input): void {
    this.log.push({ input });
    const key = 'step' in input && typeof input.step === 'number' ? (graph.steps[input.step]?.key ?? '') : '';
    if (input.kind === 'task-ended') this.#put(key, input.outcome, isUnknown(input));
    else if (input.kind === 'prepare-ended') this.#put(`${key}/prepare`, input.outcome);
    else if (input.kind === 'compensation-ended') this.#put(`${key}/compensation`, input.outcome);
    else if (input.kind === 'item-ended') this.#endItem(key, input);
    else if (input.kind === 'timer-fired' || input.kind === 'event-came') this.#timers.delete(input.step);
    else if (input.kind === 'go-on-items') this.#timers.delete(input.step);
  }

  #endItem(key: string, input: PartEnd): void {
    const item = this.items.get(key)?.find(({ status }) => status === 'queued');
    assert.ok(item, 'an item ends that is live');
    item.status = input.outcome === 'skipped' ? 'completed' : input.outcome;
    item.unknown = isUnknown(input);
  }

  #record(effect: Effect): void {
    this.log.push({ effect });
    const key = 'step' in effect ? (this.graph.steps[effect.step]?.key ?? '') : '';
    (this.#recorders[effect.kind] as ((effect: Effect, key: string) => void) | undefined)?.(effect, key);
  }

  /** What effects write; of the others nothing is stored. */
  readonly #recorders: Recorders = {
    'start-task': (effect, key) => this.#recordRow(key, effect),
    'add-row': (effect, key) => this.#recordRow(key, effect),
    'end-row': (effect, key) => this.#put(key, effect.status, effect.outcomeUnknown),
    compensate: (_, key) => this.#put(`${key}/compensation`, 'queued'),
    'reset-row': (_, key) => this.#put(`${key}/compensation`, 'blocked'),
    'resolve-compensation': (_, key) => this.#put(`${key}/compensation`, 'skipped'),
    'start-items': ({ from, count }, key) => {
      for (let i = from; i < from + count; i++) this.#itemOf(key, i, 'blocked').status = 'queued';
    },
    'close-items': (_, key) => this.#closeItems(key),
    'count-items': ({ items }, key) => void this.#fans.set(key, { ...items }),
    'start-timer': (effect) => this.#recordTimer(effect),
    'stop-timer': (effect) => this.#recordTimer(effect),
    'keep-signal': () => void (this.#signals += 1),
    'update-header': ({ what }) => this.#recordHeader(what === 'all'),
    'end-workflow': () => this.#recordHeader(true),
    defer: (effect) => this.#defer(effect),
    need: (effect) => {
      if (effect.what === 'reset') this.#reset(effect.steps);
      else if (effect.what === 'signal') this.#signals -= 1;
    },
  };

  #recordRow(key: string, effect: Extract<Effect, { kind: 'start-task' | 'add-row' }>): void {
    const { part, item } = effect;
    const status = effect.kind === 'start-task' ? 'queued' : effect.status === 'open' ? 'running' : effect.status;
    if (part === 'own' && status === 'running') this.items.set(key, []);
    if (part !== 'item') return this.#put(part === 'own' ? key : `${key}/${part}`, status);
    const items = this.items.get(key) ?? [];
    this.items.set(key, items);
    assert.equal(items.length, item, 'items get their rows in their order');
    items.push({ status, unknown: false });
  }

  #recordTimer({ kind, step }: Extract<Effect, { kind: 'start-timer' | 'stop-timer' }>): void {
    const had = this.#timers.has(step);
    assert.equal(had, kind === 'stop-timer', 'a timer starts once, and stops once');
    if (had) this.#timers.delete(step);
    else this.#timers.add(step);
  }

  #closeItems(key: string): void {
    for (const item of this.items.get(key) ?? []) if (item.status === 'blocked') item.status = 'skipped';
  }

  #recordHeader(isFull: boolean): void {
    const { status, cancelRequested, failedStep } = this.instance.state;
    if (!isFull) this.#header = { ...this.#header, status };
    else {
      const failed = failedStep === undefined ? null : (this.graph.steps[failedStep]?.key ?? null);
      this.#header = { status, cancelRequested, failedStep: failed };
    }
  }

  #defer(effect: Extract<Effect, { kind: 'defer' }>): void {
    switch (effect.what) {
      case 'go-on':
        this.deferred.push({ kind: 'go-on' });
        return;
      case 'items':
        this.#timers.add(effect.step);
        this.deferred.push({ kind: 'go-on-items', step: effect.step, laid: effect.laid });
        return;
      case 'cancel':
        this.deferred.push({ kind: 'go-on-cancelling', step: effect.step, compensate: effect.compensate });
        return;
      case 'close':
        // Rows alone: the application goes through them without the workflow.
        this.#closeItems(this.graph.steps[effect.step]?.key ?? '');
        this.instance.extras?.closing.delete(effect.step);
    }
  }

  #reset(steps: readonly number[]): void {
    const keys = new Set(steps.map((step) => this.graph.steps[step]?.key));
    for (const [address, row] of this.rows) if (keys.has(address.split('/')[0])) row.status = 'blocked';
  }

  #itemOf(key: string, i: number, status: TaskStatus): Row {
    const item = this.items.get(key)?.[i];
    assert.equal(item?.status, status, `item ${i} of ${key}`);
    return item as Row;
  }

  #put(address: string, status: TaskStatus, unknown = false): void {
    this.rows.set(address, { status, unknown });
  }
}

function isUnknown({ outcome, unknown }: PartEnd): boolean {
  return unknown && (outcome === 'failed' || outcome === 'cancelled');
}
