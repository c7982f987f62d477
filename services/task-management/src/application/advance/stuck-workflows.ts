import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import {
  type AdvanceCommand,
  type AdvanceOutcome,
  type CancelWorkflow,
  granted,
  type RetryWorkflow,
} from './advance-command.ts';
import type { Discards } from './discard-workflows.ts';
import { loadStored, obtainGraphs } from './load-instance.ts';
import { messageOf, undecidedOf } from './messages.ts';
import { asked } from './needs.ts';
import { onBehalf } from './on-behalf.ts';
import type { ParkedInstance } from './parked-instance.ts';
import type { TransactionParts } from './transaction-parts.ts';

type StuckParts = Pick<
  TransactionParts,
  'tx' | 'graphs' | 'record' | 'instances' | 'mailbox' | 'transitions' | 'writes'
> & {
  readonly discards: Discards;
};

const refused: AdvanceOutcome = { kind: 'refused', refusal: 'stuck', status: 'stuck' };

/** Retries and cancels workflows that are stuck: decided from their rows, after everything else. */
export class StuckWorkflows {
  readonly #with: StuckParts;

  constructor(parts: StuckParts) {
    this.#with = parts;
  }

  /** The workflow that a command finds stuck and may move. */
  subjectOf(command: AdvanceCommand): ParkedInstance | undefined {
    if (command.kind !== 'retry-workflow' && command.kind !== 'cancel-workflow') return undefined;
    const parked = this.#with.instances.parkedAt({ tenantId: command.tenantId, id: command.workflowId });
    return parked === undefined || isFinalWorkflow(parked.status) ? undefined : parked;
  }

  async command(parked: ParkedInstance, command: RetryWorkflow | CancelWorkflow): Promise<AdvanceOutcome> {
    if (command.kind === 'cancel-workflow') {
      if (command.compensate === true) return refused;
      this.#with.discards.giveUp(parked, command.reason ?? null);
      return granted;
    }
    const isGivenUp = this.#with.discards.has(parked.id);
    if (command.from !== undefined || command.onto !== undefined || isGivenUp) return refused;
    await this.#goOn(parked);
    return granted;
  }

  /** The workflow stands again where it stood, and what came for it meanwhile is decided in its order. */
  async #goOn(parked: ParkedInstance): Promise<void> {
    const { tx, graphs, record, writes, instances, mailbox, transitions } = this.#with;
    const key = { tenantId: parked.tenantId, id: parked.id };
    const [[stored], rows] = await Promise.all([loadStored(tx, [key]), tx.takeInputs([key])]);
    writes.needsReceipt = true;
    if (stored === undefined) return;
    const graphOf = await obtainGraphs(tx, graphs, [stored.header]);
    record.parked.delete(parked.id);
    onBehalf(record, parked, () => {
      const messages = rows.map(messageOf);
      const header = { ...stored.header, status: parked.status };
      const instance = instances.load({ ...stored, header }, graphOf(header), undecidedOf(messages));
      instance.storedStatus = 'stuck';
      writes.add(instance, { kind: 'update-header', what: 'status' }, undefined);
      for (const message of messages) mailbox.deliver(key, message);
      // What follows from items that have ended meanwhile.
      if (instance.state.fanOuts.size > 0) transitions.apply(instance, { kind: 'catch-up' }, asked);
    });
  }
}
