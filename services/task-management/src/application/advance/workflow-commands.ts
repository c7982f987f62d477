import type { Input, RefusedInput } from '../../domain/workflow/input.ts';
import { maxKeptSignals } from '../../domain/workflow/waits.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { TakenKey } from '../ports/creation-store.ts';
import {
  type AdvanceOutcome,
  granted,
  notFound,
  type RetryWorkflow,
  type SignalWorkflow,
  type WorkflowCommand,
} from './advance-command.ts';
import { claimText } from './claims.ts';
import { asked } from './needs.ts';
import { OutdatedStateError } from './outdated-state.ts';
import type { ParkedInstance } from './parked-instance.ts';
import type { TransactionParts } from './transaction-parts.ts';
import type { WorkflowInstance } from './workflow-instance.ts';

type CommandParts = Pick<TransactionParts, 'instances' | 'mailbox' | 'transitions' | 'writes'>;

/** Answers what somebody asks of workflows. */
export class WorkflowCommands {
  readonly #with: CommandParts;
  /** Idempotency keys that were used before. */
  readonly #usedKeys: ReadonlyMap<string, TakenKey>;
  /** How many signals are kept for workflows that are stuck, by id. */
  readonly #keptSignals: Map<string, number>;

  constructor(parts: CommandParts, usedKeys: ReadonlyMap<string, TakenKey>, keptSignals: ReadonlyMap<string, number>) {
    this.#with = parts;
    this.#usedKeys = usedKeys;
    this.#keptSignals = new Map(keptSignals);
  }

  decide(command: WorkflowCommand): AdvanceOutcome {
    const { instances, transitions } = this.#with;
    const key = { tenantId: command.tenantId, id: command.workflowId };
    const parked = instances.parkedAt(key);
    if (parked) return this.#commandStuck(parked, command);
    const instance = instances.at(key);
    if (instance === undefined) return notFound;
    if (command.kind === 'signal-workflow') return this.#signal(instance, command);
    if (command.kind === 'retry-workflow') return this.#retry(instance, command);
    const refusal = transitions.apply(instance, inputOf(command), asked);
    return refusal ? refused(instance, refusal) : granted;
  }

  #retry(instance: WorkflowInstance, { from, onto }: RetryWorkflow): AdvanceOutcome {
    const { version, hash } = instance;
    // What follows says already which version it is.
    if (onto) Object.assign(instance, { version: onto.version, hash: onto.stored.hash });
    const refusal = this.#with.transitions.apply(instance, { kind: 'retry', from, onto: onto?.stored.graph }, asked);
    if (refusal) Object.assign(instance, { version, hash });
    return refusal ? refused(instance, refusal) : granted;
  }

  /** Nothing moves what is stuck but a retry and a cancel, which are decided apart; signals are kept. */
  #commandStuck(parked: ParkedInstance, command: WorkflowCommand): AdvanceOutcome {
    const isOver = isFinalWorkflow(parked.status);
    const repeated = command.kind === 'signal-workflow' ? this.#repeats(command, 'stuck') : undefined;
    if (repeated) return repeated;
    if (isOver) return refusedOver(parked, command);
    if (command.kind !== 'signal-workflow') return { kind: 'refused', refusal: 'stuck', status: 'stuck' };
    const kept = this.#keptSignals.get(parked.id) ?? 0;
    if (kept >= maxKeptSignals) return { kind: 'refused', refusal: 'too_many_signals', status: 'stuck' };
    this.#keptSignals.set(parked.id, kept + 1);
    const { mailbox, writes } = this.#with;
    mailbox.keep(parked, { kind: 'signal', name: command.signal, payload: command.payload });
    writes.needsReceipt = true;
    return this.#grantSignal(command);
  }

  #signal(instance: WorkflowInstance, command: SignalWorkflow): AdvanceOutcome {
    const repeated = this.#repeats(command, instance.state.status);
    if (repeated) return repeated;
    const input = { kind: 'signal-came', name: command.signal, payload: command.payload } as const;
    const refusal = this.#with.transitions.apply(instance, input, asked);
    return refusal ? refused(instance, refusal) : this.#grantSignal(command);
  }

  #grantSignal({ claim }: SignalWorkflow): AdvanceOutcome {
    if (claim) {
      this.#with.writes.rows.claims.set(claimText(claim), claim);
      this.#with.writes.needsReceipt = true;
    }
    return granted;
  }

  /** The answer to a signal whose idempotency key was used before. */
  #repeats({ claim }: SignalWorkflow, status: string): AdvanceOutcome | undefined {
    const name = claim && claimText(claim);
    const taken = name && (this.#with.writes.rows.claims.get(name) ?? this.#usedKeys.get(name));
    if (claim === undefined || !taken) return undefined;
    return taken.fingerprint.equals(claim.fingerprint) ? granted : { kind: 'refused', refusal: 'key_mismatch', status };
  }
}

/** It was given up, and its rows are still being closed: those that are cannot be told from those that are not. */
function refusedOver({ status }: ParkedInstance, { kind }: WorkflowCommand): AdvanceOutcome {
  return { kind: 'refused', refusal: kind === 'retry-workflow' ? 'not_finished' : 'already_finished', status };
}

function refused({ state }: WorkflowInstance, { refusal, names }: RefusedInput): AdvanceOutcome {
  // Only what ends has to be open, and nobody asks for that.
  if (refusal === 'not-open') throw new OutdatedStateError('a command was taken for the end of something');
  return { kind: 'refused', refusal, status: state.status, ...(names && { names }) };
}

function inputOf(command: Exclude<WorkflowCommand, SignalWorkflow | RetryWorkflow>): Input {
  switch (command.kind) {
    case 'cancel-workflow':
      return { kind: 'cancel', compensate: command.compensate ?? false, reason: command.reason ?? null };
    case 'pause-workflow':
      return { kind: 'pause', reason: command.reason ?? null };
    case 'resume-workflow':
      return { kind: 'resume' };
    case 'resolve-compensation':
      return { kind: 'resolve-compensation', step: command.step, reason: command.reason };
  }
}
