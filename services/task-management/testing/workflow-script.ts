import assert from 'node:assert/strict';
import { compileGraph } from '../src/domain/workflow/compile-graph.ts';
import { decide } from '../src/domain/workflow/decide-workflow.ts';
import type { CompiledGraph, GraphDefinition, StepDefinition } from '../src/domain/workflow/graph.ts';
import type { DecisionRefusal, StepOutcome, WorkflowCommand } from '../src/domain/workflow/workflow-command.ts';
import type { WorkflowEvent } from '../src/domain/workflow/workflow-event.ts';
import { initialState, stateOf, stepState, type WorkflowState } from '../src/domain/workflow/workflow-state.ts';

export function compiled(definition: GraphDefinition): CompiledGraph {
  const compilation = compileGraph(definition);
  assert.ok('graph' in compilation, JSON.stringify(compilation));
  return compilation.graph;
}

type Steps = Readonly<Record<string, Omit<StepDefinition, 'key'>>>;

/** A graph of steps by key; those that say nothing else run a task of the type "work". */
export function graphOf(steps: Steps, rest: Omit<GraphDefinition, 'steps'> = {}): CompiledGraph {
  const waits = (step: Omit<StepDefinition, 'key'>) =>
    step.child !== undefined || step.sleep !== undefined || step.waitForSignal !== undefined || step.waitForEvent;
  const list = Object.entries(steps).map(([key, step]) => ({ key, ...(!waits(step) && { type: 'work' }), ...step }));
  return compiled({ steps: list, ...rest });
}

/** A started workflow that is told what happens, and answers in words: `step-started b`. */
export interface Script {
  readonly graph: CompiledGraph;
  readonly state: WorkflowState;
  /** Steps by key; what begins with `-` is a command of its own. */
  after(command: WorkflowCommand): string[];
  ends(key: string, outcome: StepOutcome, unknown?: boolean): string[];
  item(key: string, outcome: StepOutcome, unknown?: boolean): string[];
  undo(key: string, outcome: 'completed' | 'failed' | 'cancelled'): string[];
  refusal(command: WorkflowCommand): DecisionRefusal | undefined;
  step(key: string): number;
  /** The name of where a step stands. */
  at(key: string): string;
}

export function started(graph: CompiledGraph): Script {
  const state = initialState(graph);
  const step = (key: string) => {
    const found = graph.indexOf.get(key);
    assert.ok(found !== undefined, key);
    return found;
  };
  const after = (command: WorkflowCommand) => {
    const events = decide(graph, state, command);
    assert.ok(!('refusal' in events), JSON.stringify(events));
    return events.map((event) => inWords(graph, event));
  };
  after({ type: 'start' });
  return {
    graph,
    state,
    after,
    ends: (key, outcome, unknown) => after({ type: 'settle-step', step: step(key), outcome, unknown }),
    item: (key, outcome, unknown) => after({ type: 'settle-item', step: step(key), outcome, unknown }),
    undo: (key, outcome) => after({ type: 'settle-undo', step: step(key), outcome }),
    refusal: (command) => {
      const decision = decide(graph, state, command);
      return 'refusal' in decision ? decision.refusal : undefined;
    },
    step,
    at: (key) => Object.entries(stepState).find(([, value]) => value === stateOf(state, step(key)))?.[0] ?? '',
  };
}

/** What an event says beside its type and step, in words. */
const details: Readonly<Record<string, (value: unknown, graph: CompiledGraph) => string>> = {
  as: String,
  reason: String,
  outcome: String,
  compensations: String,
  total: (value) => `total ${String(value)}`,
  started: (value) => `started ${String(value)}`,
  from: (value) => `from ${String(value)}`,
  count: (value) => `count ${String(value)}`,
  reset: (value, { steps }) => (value as number[]).map((i) => steps[i]?.key).join('+'),
};

export function inWords(graph: CompiledGraph, event: WorkflowEvent): string {
  const { type, step, ...members } = event as WorkflowEvent & { readonly step?: number };
  const words = Object.entries(members).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [name] : [];
    return details[name] === undefined ? [] : [details[name](value, graph)];
  });
  const key = step === undefined ? '' : ` ${graph.steps[step]?.key}`;
  return `${type}${key}${words.length > 0 ? ` (${words.join(', ')})` : ''}`;
}
