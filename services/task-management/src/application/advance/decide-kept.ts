import { settleParent } from './child-workflows.ts';
import { fireWait, goOn, isLeft, matchWait } from './end-waits.ts';
import type { KeptInput } from './kept-inputs.ts';
import { settleRow } from './settle-facts.ts';
import type { Desk } from './turn-desk.ts';
import { receiveSignal } from './workflow-commands.ts';
import { rowAt, type WorkflowRun } from './workflow-run.ts';

/** Decides what was kept as if it came now. */
export function decideKept(desk: Desk, run: WorkflowRun, input: KeptInput): void {
  const { tenantId, id: workflowId } = run;
  switch (input.kind) {
    case 'row': {
      const at = rowAt(run.graph, input.address);
      const { causationId, error, unknown: outcomeUnknown } = input;
      if (at) settleRow(desk, run, at, input.status, { causationId, error, outcomeUnknown });
      return;
    }
    case 'wait': {
      const { step, wait: kind, key, name } = input;
      const wait = { tenantId, workflowId, step, kind, key, name };
      return isLeft(wait) ? goOn(desk, wait) : fireWait(desk, wait);
    }
    case 'event':
      return matchWait(desk, { tenantId, workflowId, step: input.step }, input.payload);
    case 'signal':
      return void receiveSignal(desk, run, input.name, input.payload);
    case 'child': {
      const { id, name, status, output, step } = input;
      return settleParent(desk, { child: { tenantId, id, name, parent: { id: workflowId, step } }, status, output });
    }
  }
}
