import assert from 'node:assert/strict';
import type { TaskStatus } from '../src/domain/task/task-status.ts';
import { decide } from '../src/domain/workflow/decide-workflow.ts';
import { evolve } from '../src/domain/workflow/evolve.ts';
import { holdCompletion, holdUndo } from '../src/domain/workflow/hold.ts';
import type { CompiledGraph } from '../src/domain/workflow/graph.ts';
import { rebuildState, type StoredWorkflow } from '../src/domain/workflow/rebuild-state.ts';
import { retryOnto } from '../src/domain/workflow/retry-onto.ts';
import type { RefusedDecision, WorkflowCommand } from '../src/domain/workflow/workflow-command.ts';
import type { WorkflowEvent } from '../src/domain/workflow/workflow-event.ts';
import {
  initialState,
  stateOf,
  stepState,
  undoState,
  type WorkflowState,
} from '../src/domain/workflow/workflow-state.ts';
import { workflowTransitions } from '../src/domain/workflow/workflow-status.ts';

interface Row {
  status: TaskStatus;
  unknown: boolean;
}

/** What the application answers to an event in the same turn. */
type Answer = (event: WorkflowEvent) => WorkflowCommand | undefined;

/**
 * One workflow with the rows that the application would write, in memory. After every command it checks that the
 * same state decides the same, that the events alone lead to the state, and that the rows rebuild it.
 */
export class WorkflowModel {
  graph: CompiledGraph;
  state: WorkflowState;
  /** Changed by events alone. */
  private shadow: WorkflowState;
  readonly rows = new Map<string, Row>();
  /** Those that have rows. */
  readonly items = new Map<string, Row[]>();
  private readonly fans = new Map<string, { total: number; largest: number; closed: boolean }>();
  /** Something was left to a later turn. */
  left = false;
  private header: Pick<StoredWorkflow, 'cancelRequested' | 'failedStep'>;
  /** Every event so far. */
  readonly log: WorkflowEvent[] = [];

  constructor(graph: CompiledGraph) {
    this.graph = graph;
    this.state = initialState(graph);
    this.shadow = initialState(graph);
    this.header = { cancelRequested: false, failedStep: null };
  }

  /** Carries a command out, with what the application answers to its events in the same turn. */
  turn(command: WorkflowCommand, answer: Answer): RefusedDecision | undefined {
    if (command.type === 'continue') this.left = false;
    const events = this.act(command);
    return 'refusal' in events ? events : this.finish(events, answer);
  }

  /** The same for a retry that goes on with another graph. */
  turnOnto(next: CompiledGraph, from: string | undefined, answer: Answer): RefusedDecision | undefined {
    const before = structuredClone(this.state);
    const moved = retryOnto(this.graph, this.state, next, from);
    assert.deepEqual(this.state, before, 'the state of the old graph stays as it was');
    if ('refusal' in moved) return moved;
    this.graph = next;
    this.state = moved.state;
    this.shadow = structuredClone(moved.state);
    for (const event of moved.events) this.record({ type: 'retry' }, event);
    return this.finish(moved.events, answer);
  }

  private finish(events: readonly WorkflowEvent[], answer: Answer): undefined {
    const pending = [...events];
    for (let event = pending.shift(); event !== undefined; event = pending.shift()) {
      const reply = answer(event);
      const more = reply === undefined ? [] : this.act(reply);
      assert.ok(!('refusal' in more));
      pending.push(...more);
    }
    this.check();
    return undefined;
  }

  /** The application leaves the beginning of a step to a later turn, unless it was held meanwhile. */
  leave(step: number): WorkflowCommand | undefined {
    const at = stateOf(this.state, step);
    if (at < stepState.starting || at > stepState.running) return undefined;
    this.left = true;
    const part = at === stepState.preparing ? '/prepare' : '';
    if (at === stepState.running || at === stepState.preparing) this.takeBack(`${this.keyOf(step)}${part}`);
    if (at !== stepState.prepared) this.forget('step-started', step);
    return { type: 'hold', step };
  }

  leaveUndo(step: number): undefined {
    if (this.state.compensation?.undo[step] !== undoState.running) return;
    for (const state of [this.state, this.shadow]) holdUndo(state, step);
    this.takeBack(`${this.keyOf(step)}/compensation`);
    this.forget('undo-started', step);
    this.left = true;
  }

  leaveCompletion(): undefined {
    for (const state of [this.state, this.shadow]) holdCompletion(state, 'running');
    this.forget('workflow-completed', undefined);
    this.left = true;
  }

  private forget(type: WorkflowEvent['type'], step: number | undefined): void {
    const at = this.log.findLastIndex((event) => event.type === type && ('step' in event ? event.step : step) === step);
    const [forgotten] = this.log.splice(at, 1);
    // It begins for the first time then.
    if (forgotten?.type === 'undo-started' && forgotten.again) this.forget(type, step);
  }

  /** The row was not written, or lies there as a retry has reset it. */
  private takeBack(address: string): void {
    this.put(address, 'blocked');
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
      const { total, largest, closed } = this.fans.get(key) ?? { total: 0, largest: 0, closed: false };
      const started = list.length - count('blocked', 'skipped');
      const ended = { completed: count('completed'), failed: count('failed', 'cancelled'), unknown };
      return { key, total, largest, closed, laid: closed ? total : list.length, started, ...ended };
    });
    return { ...this.header, status: this.state.status, rows, items };
  }

  private act(command: WorkflowCommand): readonly WorkflowEvent[] | RefusedDecision {
    const again = structuredClone(this.state);
    this.recordFact(command);
    const decision = decide(this.graph, this.state, command);
    if ('refusal' in decision) {
      assert.deepEqual(this.state, again, 'a refusal changes nothing');
      return decision;
    }
    const repeated = decide(this.graph, again, command);
    assert.deepEqual(repeated, decision, 'the same decision from the same state');
    for (const event of decision) {
      const allowed = workflowTransitions[this.shadow.status][event.type] !== 'impossible';
      assert.ok(allowed, `${event.type} while ${this.shadow.status}`);
      this.checkStep(event);
      evolve(this.graph, this.shadow, event);
      this.record(command, event);
    }
    return decision;
  }

  private check(): void {
    assert.deepEqual(this.shadow, this.state, 'the events lead to the state');
    assert.deepEqual(rebuildState(this.graph, this.stored()), this.state, 'the rows rebuild the state');
  }

  /** No step that has ended ends or begins. */
  private checkStep(event: WorkflowEvent): void {
    if (!event.type.startsWith('step-') || !('step' in event) || event.step === undefined) return;
    const at = stateOf(this.shadow, event.step);
    if (event.type === 'step-started') assert.equal(at, stepState.blocked, 'only a blocked step starts');
    else assert.ok(at >= stepState.starting && at <= stepState.fanning, `${event.type} of a step at ${at}`);
  }

  /** What the settling statement wrote before anything was decided. */
  private recordFact(command: WorkflowCommand): void {
    if (command.type !== 'settle-prepare' && command.type !== 'settle-undo') return;
    const part = command.type === 'settle-prepare' ? 'prepare' : 'compensation';
    const row = this.rows.get(`${this.keyOf(command.step)}/${part}`);
    if (row?.status === 'queued') row.status = command.outcome;
  }

  private record(command: WorkflowCommand, event: WorkflowEvent): void {
    this.log.push(event);
    const key = 'step' in event && event.step !== undefined ? this.keyOf(event.step) : '';
    if (event.type.startsWith('workflow-')) this.recordHeader(event);
    else if (event.type === 'rest-left') this.left = true;
    else if (event.type.startsWith('item')) this.recordItems(key, command, event);
    else if (event.type === 'cancel-requested') this.header = { ...this.header, cancelRequested: true };
    else if (event.type === 'undo-started') this.put(`${key}/compensation`, 'queued');
    else if (event.type === 'undo-settled') this.put(`${key}/compensation`, 'skipped');
    else if (event.type.startsWith('step-')) this.recordStep(key, command, event);
  }

  private recordStep(key: string, command: WorkflowCommand, event: WorkflowEvent): void {
    if (event.type === 'step-started') return this.recordStart(event.step);
    if (event.type === 'step-prepared') return;
    if (event.type === 'step-held') return;
    if (event.type === 'step-begun') {
      const address = event.as === 'preparing' ? `${key}/prepare` : key;
      return this.put(address, event.as === 'waiting' ? 'scheduled' : 'queued');
    }
    // The prepare task's row says it already.
    if (command.type === 'settle-prepare' && this.keyOf(command.step) === key) return;
    this.put(key, event.type.slice('step-'.length) as TaskStatus, 'unknown' in event && event.unknown);
  }

  private recordItems(key: string, command: WorkflowCommand, event: WorkflowEvent): void {
    if (event.type === 'items-begun') {
      this.put(key, 'running');
      const item = (i: number): Row => ({ status: i < event.started ? 'queued' : 'blocked', unknown: false });
      this.fans.set(key, { total: event.total, largest: event.largest, closed: false });
      this.items.set(
        key,
        Array.from({ length: event.laid }, (_, i) => item(i)),
      );
    } else if (event.type === 'items-laid') {
      const laid = Array.from({ length: event.count }, (): Row => ({ status: 'blocked', unknown: false }));
      this.items.get(key)?.push(...laid);
    } else if (event.type === 'items-started') {
      for (let i = event.from; i < event.from + event.count; i++) this.itemOf(key, i, 'blocked').status = 'queued';
    } else if (event.type === 'items-closed') {
      const fan = this.fans.get(key);
      if (fan) fan.closed = true;
      for (const item of this.items.get(key) ?? []) if (item.status === 'blocked') item.status = 'skipped';
    } else if (event.type === 'item-ended') this.recordItem(key, command);
  }

  private recordStart(step: number): void {
    const at = stateOf(this.shadow, step);
    if (at === stepState.running) this.put(this.keyOf(step), 'queued');
    else if (at === stepState.preparing) this.put(`${this.keyOf(step)}/prepare`, 'queued');
  }

  private recordItem(key: string, command: WorkflowCommand): void {
    assert.ok(command.type === 'settle-item');
    const item = this.items.get(key)?.find(({ status }) => status === 'queued');
    assert.ok(item, 'an item ends that is live');
    item.status = command.outcome === 'skipped' ? 'completed' : command.outcome;
    item.unknown = command.unknown === true && (command.outcome === 'failed' || command.outcome === 'cancelled');
  }

  private itemOf(key: string, i: number, status: TaskStatus): Row {
    const item = this.items.get(key)?.[i];
    assert.equal(item?.status, status, `item ${i} of ${key}`);
    return item as Row;
  }

  private recordHeader(event: WorkflowEvent): void {
    if (event.type === 'workflow-retried') {
      this.header = { cancelRequested: false, failedStep: null };
      const keys = new Set(event.reset.map((step) => this.keyOf(step)));
      for (const [address, row] of this.rows) if (keys.has(address.split('/')[0] as string)) row.status = 'blocked';
      return;
    }
    const failed =
      event.type === 'workflow-failed' || (event.type === 'workflow-compensating' && event.reason === 'step-failed');
    const failedStep = failed && event.step !== undefined ? this.keyOf(event.step) : this.header.failedStep;
    this.header = { ...this.header, failedStep };
  }

  private put(address: string, status: TaskStatus, unknown = false): void {
    this.rows.set(address, { status, unknown });
  }

  private keyOf(step: number): string {
    return this.graph.steps[step]?.key ?? '';
  }
}
