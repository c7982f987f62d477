import assert from 'node:assert/strict';
import { type Allowance, unlimited } from '../src/domain/workflow/allowance.ts';
import { compileGraph } from '../src/domain/workflow/compile-graph.ts';
import type { Effect, StepOutcome } from '../src/domain/workflow/effect.ts';
import type { CompiledGraph, GraphDefinition, StepDefinition } from '../src/domain/workflow/graph.ts';
import type { Input, Refusal } from '../src/domain/workflow/input.ts';
import { type Instance, newInstance } from '../src/domain/workflow/instance.ts';
import { jsonSource } from '../src/domain/workflow/json-source.ts';
import { type StepReading, tooLarge } from '../src/domain/workflow/step-reading.ts';
import { transition } from '../src/domain/workflow/transition.ts';
import { waitKindsOf } from '../src/domain/workflow/wait-kinds.ts';
import { stateOf, stepState } from '../src/domain/workflow/workflow-state.ts';

export function compiled(definition: GraphDefinition): CompiledGraph {
  const compilation = compileGraph(definition);
  assert.ok('graph' in compilation, JSON.stringify(compilation));
  return compilation.graph;
}

type Steps = Readonly<Record<string, Omit<StepDefinition, 'key'>>>;

/** A graph of steps by key; those that say nothing else run a task of the type "work". */
export function graphOf(steps: Steps, rest: Omit<GraphDefinition, 'steps'> = {}): CompiledGraph {
  const runs = (step: Omit<StepDefinition, 'key'>) => step.child === undefined && waitKindsOf(step).length === 0;
  const list = Object.entries(steps).map(([key, step]) => ({ key, ...(runs(step) && { type: 'work' }), ...step }));
  return compiled({ steps: list, ...rest });
}

/** What a script is told at its beginning. */
interface Setting {
  /** JSON value. */
  readonly input?: unknown;
  /** JSON values by step: what steps gave that others read. */
  readonly results?: Readonly<Record<string, unknown>>;
  readonly allowance?: Allowance;
  /** Effects are given as they are, and what is needed stays unanswered. */
  readonly isSilent?: boolean;
}

/**
 * A workflow that is told what happens, and says in words what follows: `start-task b`. What it needs is answered as the
 * application would, with what the setting says; what follows from the answers comes after what follows from the input.
 */
export interface Script {
  readonly graph: CompiledGraph;
  readonly instance: Instance;
  /** What it answered to the start. */
  readonly first: string[];
  when(input: Input): string[];
  /** Whatever a step does comes to this end, as what ends such a step would say it. */
  ends(key: string, outcome: StepOutcome, unknown?: boolean): string[];
  item(key: string, outcome: StepOutcome, unknown?: boolean): string[];
  compensation(key: string, outcome: StepOutcome): string[];
  refusal(input: Input): Refusal | undefined;
  step(key: string): number;
  /** The name of where a step stands. */
  at(key: string): string;
}

export function started(graph: CompiledGraph, setting: Setting = {}): Script {
  const instance = newInstance(graph);
  const script = scriptOf(instance, setting);
  script.first.push(...script.when({ kind: 'start' }));
  return script;
}

/** A script of an instance as it is. */
export function scriptOf(instance: Instance, setting: Setting = {}): Script {
  const step = (key: string) => {
    const found = instance.graph.indexOf.get(key);
    assert.ok(found !== undefined, key);
    return found;
  };
  const move = (input: Input): readonly Effect[] => {
    const effects = transition(instance, input, setting.allowance ?? unlimited);
    assert.ok(!('refusal' in effects), JSON.stringify(effects));
    return effects;
  };
  const when = (input: Input) => {
    const pending = [...move(input)];
    const words: string[] = [];
    for (let effect = pending.shift(); effect !== undefined; effect = pending.shift()) {
      const answer = setting.isSilent ? undefined : answerTo(effect, new SettingReading(instance, setting));
      if (answer) pending.push(...move(answer));
      if (answer || !shown(effect)) continue;
      words.push(inWords(instance.graph, effect));
    }
    return words;
  };
  return {
    get graph() {
      return instance.graph;
    },
    instance,
    first: [],
    when,
    ends: (key, outcome, unknown = false) => when(endOf(instance, step(key), outcome, unknown)),
    item: (key, outcome, unknown = false) =>
      when({ kind: 'item-ended', step: step(key), outcome, unknown, error: undefined }),
    compensation: (key, outcome) =>
      when({ kind: 'compensation-ended', step: step(key), outcome, unknown: false, error: undefined }),
    refusal: (input) => {
      const effects = transition(instance, input);
      return 'refusal' in effects ? effects.refusal : undefined;
    },
    step,
    at: (key) => nameOf(stateOf(instance.state, step(key))),
  };
}

function nameOf(state: number): string {
  return Object.entries(stepState).find(([, value]) => value === state)?.[0] ?? '';
}

/** What ends a step as it stands. */
export function endOf(instance: Instance, step: number, outcome: StepOutcome, unknown = false): Input {
  const { kind } = instance.graph.steps[step] ?? {};
  const error = outcome === 'failed' ? broken : undefined;
  const at = stateOf(instance.state, step);
  if (at === stepState.preparing) return { kind: 'prepare-ended', step, outcome, unknown: false, error };
  if (at !== stepState.waiting) return { kind: 'task-ended', step, outcome, unknown, error };
  if (kind === 'child') return childEnd(step, outcome);
  if (outcome === 'failed' || kind === 'sleep') return { kind: 'timer-fired', step };
  return { kind: 'event-came', step, payload: 'null' };
}

const broken = '{"code":"broken","message":"It broke."}';

function childEnd(step: number, outcome: StepOutcome): Input {
  const status = outcome === 'skipped' ? 'completed' : outcome;
  return { kind: 'child-ended', step, child: { id: 'c', name: 'child' }, status, output: 'null' };
}

class SettingReading implements StepReading {
  readonly #instance: Instance;
  readonly #setting: Setting;

  constructor(instance: Instance, setting: Setting) {
    this.#instance = instance;
    this.#setting = setting;
  }

  input() {
    return jsonSource(JSON.stringify(this.#setting.input ?? null));
  }

  result(step: number, part: 'own' | 'prepare'): string {
    const key = this.#instance.graph.steps[step]?.key ?? '';
    const value = this.#setting.results?.[part === 'own' ? key : `${key}/prepare`];
    return JSON.stringify(value ?? preparedFor(this.#instance, step, part));
  }

  source(step: number) {
    return jsonSource(this.result(step, 'own'));
  }
}

/** A preparation of use to a step of its kind. */
function preparedFor({ graph }: Instance, step: number, part: 'own' | 'prepare'): unknown {
  if (part === 'own') return null;
  return { items: [], input: null, until: '2030-01-01T00:00:00Z', key: graph.steps[step]?.key };
}

/** What the application answers to a need. */
export function answerTo(effect: Effect, reading: StepReading | undefined): Input | undefined {
  if (effect.kind !== 'need') return undefined;
  switch (effect.what) {
    case 'start': {
      const { step, prepared, laid, alone } = effect;
      return { kind: 'start-step', step, prepared, laid, alone, reading, child: aChild };
    }
    case 'compensate':
      return { kind: 'compensate', step: effect.step, again: effect.again, alone: effect.alone, reading };
    case 'output':
      return { kind: 'complete', paused: effect.paused, alone: effect.alone, reading };
    case 'error':
      return { kind: 'error-found', step: effect.step, then: effect.then, error: broken };
    case 'join':
      return { kind: 'items-joined', step: effect.step, outcome: 'joined' };
    case 'signal':
      return { kind: 'signal-taken', step: effect.step, payload: 'null' };
    case 'reset':
      return undefined;
  }
}

const childGraph = compiled({ steps: [{ key: 'only', type: 'work' }] });
const aChild = {
  definition: { version: 1, hash: 'h', steps: 1, graph: childGraph },
  descendants: 0,
  maxDescendants: 100,
};

/** A reading in which everything is too large beside others. */
export const overflowing: StepReading = {
  input: () => jsonSource('null'),
  result: () => tooLarge,
  source: () => tooLarge,
};

/** How headers and counters are kept follows from what is shown. */
function shown({ kind }: Effect): boolean {
  return kind !== 'count-items' && kind !== 'update-header';
}

type InWords = { readonly [T in Effect['kind']]?: (effect: Extract<Effect, { readonly kind: T }>) => string };

/** What matters of an effect beside its type and the row or step that it is about. */
const details: InWords = {
  'add-row': ({ status }) => status,
  'end-row': ({ status, outcomeUnknown }) => `${status}${outcomeUnknown ? ' (unknown)' : ''}`,
  'start-items': ({ from, count }) => `${from}+${count}`,
  'close-items': ({ from }) => `from ${from}`,
  'start-timer': ({ timer }) => timer.kind,
  'cancel-child': ({ compensate }) => (compensate ? '(compensate)' : ''),
  'end-workflow': ({ status }) => status,
  'keep-signal': ({ name }) => name,
};

/** An effect in words: its type, the row or step that it is about, and what matters of the rest. */
export function inWords(graph: CompiledGraph, effect: Effect): string {
  const key = (step: number) => graph.steps[step]?.key ?? '';
  if (effect.kind === 'emit') return newsInWords(effect.event, key);
  const what = effect.kind === 'need' || effect.kind === 'defer' ? ` ${effect.what}` : '';
  const part = 'part' in effect && effect.part !== 'own' ? `/${effect.item ?? effect.part}` : '';
  const step = 'step' in effect ? ` ${key(effect.step)}${part}` : resetInWords(effect, key);
  const detail = (details[effect.kind] as ((of: Effect) => string) | undefined)?.(effect) ?? '';
  return `${effect.kind}${what}${step}${detail === '' ? '' : ` ${detail}`}`;
}

function resetInWords(effect: Effect, key: (step: number) => string): string {
  return 'steps' in effect ? ` ${effect.steps.map(key).join('+')}` : '';
}

function newsInWords(news: Extract<Effect, { kind: 'emit' }>['event'], key: (step: number) => string): string {
  switch (news.kind) {
    case 'retried':
      return `emit retried ${news.from.map(key).join('+')}`;
    case 'compensating':
      return `emit compensating (${news.reason})`;
    case 'compensated':
      return `emit compensated (${news.compensations})`;
    case 'step-settled':
      return `emit step-settled ${key(news.step)} ${news.status}`;
    case 'failed':
    case 'compensation-stuck':
    case 'step-waiting':
    case 'step-skipped':
      return `emit ${news.kind} ${key(news.step)}`;
    case 'paused':
    case 'resumed':
    case 'cancelled':
    case 'completed':
      return `emit ${news.kind}`;
  }
}
