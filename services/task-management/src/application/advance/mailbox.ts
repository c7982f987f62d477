import type { StepOutcome } from '../../domain/workflow/effect.ts';
import type { Input } from '../../domain/workflow/input.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { Key } from '../ports/advance-store.ts';
import { parseStepAddress } from '../records/step-address.ts';
import type { StoredWaitKind } from '../records/workflow-record.ts';
import type { Instances } from './instances.ts';
import type { Message } from './messages.ts';
import { asked, type Cause, deferred } from './needs.ts';
import type { ParkedInstance } from './parked-instance.ts';
import { countItem } from './pending-writes.ts';
import type { Transitions } from './transitions.ts';
import { childOf, rowAt, type WorkflowInstance } from './workflow-instance.ts';
import type { WriteSet } from './write-set.ts';

/** Brings workflows what comes for them. Of one that is stuck it is kept, in its order, until the workflow goes on. */
export class Mailbox {
  readonly #instances: Instances;
  readonly #transitions: Transitions;
  readonly #writes: WriteSet;

  constructor(instances: Instances, transitions: Transitions, writes: WriteSet) {
    this.#instances = instances;
    this.#transitions = transitions;
    this.#writes = writes;
  }

  deliver(workflow: Key, message: Message): void {
    const parked = this.#instances.parkedAt(workflow);
    if (parked) this.keep(parked, message);
    const instance = parked ? undefined : this.#instances.at(workflow);
    const input = instance && inputOf(instance, message);
    if (instance === undefined || input === undefined) return;
    const refusal = this.#transitions.apply(instance, input, causeOf(message));
    if (refusal?.refusal === 'not-open') this.#instances.refuseOutdated(instance);
  }

  /**
   * For a workflow that is over, nothing follows from it any more. Items may be a million, so they are counted and not kept
   * one by one: it is all the same in which order they ended.
   */
  keep(parked: ParkedInstance, message: Message): void {
    if (isFinalWorkflow(parked.status)) return;
    const { tenantId, id: workflowId } = parked;
    const { key: step, part } = parseStepAddress(message.kind === 'row' ? message.address : '');
    if (message.kind === 'row' && part === 'item')
      return countItem(this.#writes.rows, { tenantId, workflowId, step }, message);
    const { kind, ...input } = message;
    this.#writes.rows.inputs.push({ tenantId, workflowId, kind, input: JSON.stringify(input) });
  }
}

function causeOf(message: Message): Cause {
  if (message.kind === 'row') return { share: 'fresh', causationId: message.causationId };
  return message.kind === 'wait' && isDeferred(message.wait) ? deferred : asked;
}

/** An earlier transaction deferred it, because it was too much. */
export function isDeferred(wait: StoredWaitKind): boolean {
  return wait === 'begin' || wait === 'items' || wait === 'cancel';
}

/** `undefined`: it names nothing of the workflow. */
function inputOf(instance: WorkflowInstance, message: Message): Input | undefined {
  const { graph } = instance;
  switch (message.kind) {
    case 'row':
      return inputOfRow(instance, message);
    case 'wait':
      return inputOfTimer(instance, message);
    case 'event': {
      const step = graph.indexOf.get(message.step);
      return step === undefined ? undefined : { kind: 'event-came', step, payload: message.payload };
    }
    case 'signal':
      return { kind: 'signal-came', name: message.name, payload: message.payload };
    case 'child': {
      const step = graph.indexOf.get(message.step);
      if (step === undefined || childOf(instance, step).id !== message.id) return undefined;
      const { id, name, status, output } = message;
      return { kind: 'child-ended', step, child: { id, name }, status, output };
    }
  }
}

type MessageOf<K extends Message['kind']> = Extract<Message, { kind: K }>;

function inputOfRow({ graph }: WorkflowInstance, message: MessageOf<'row'>): Input | undefined {
  const row = rowAt(graph, message.address);
  if (row === undefined) return undefined;
  const { step, part } = row;
  const { unknown } = message;
  const kind = inputKinds[part];
  return { kind, step, outcome: message.status as StepOutcome, unknown, error: message.error ?? undefined };
}

const inputKinds = {
  own: 'task-ended',
  prepare: 'prepare-ended',
  item: 'item-ended',
  compensation: 'compensation-ended',
} as const;

function inputOfTimer(
  { graph }: WorkflowInstance,
  { wait, step: key, key: from, name }: MessageOf<'wait'>,
): Input | undefined {
  if (wait === 'begin') return { kind: 'go-on' };
  if (wait === 'cancel') return { kind: 'go-on-cancelling', step: Number(from), compensate: name === 'compensate' };
  const step = graph.indexOf.get(key);
  if (step === undefined) return undefined;
  return wait === 'items' ? { kind: 'go-on-items', step, laid: Number(from) } : { kind: 'timer-fired', step };
}
