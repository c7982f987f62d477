import type { TaskStatus } from '../../domain/task/task-status.ts';
import { isFinalWorkflow, type WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { KeptInputRow } from '../ports/advance-store.ts';
import type { StoredWaitKind } from '../workflow-record.ts';
import type { ParkedRun } from './parked-run.ts';
import type { Undecided } from './rebuild-run.ts';
import type { Desk } from './turn-desk.ts';

/** Something that came for a workflow that is stuck. Texts beside keys and names are JSON. */
export type KeptInput =
  /** The row of a step, named by its address, ended. */
  | {
      readonly kind: 'row';
      readonly taskId: string;
      readonly address: string;
      readonly generation: number;
      readonly status: TaskStatus;
      readonly error: string | null;
      readonly unknown: boolean;
      readonly causationId: string | undefined;
    }
  /** The time of a wait has come; its row is gone. */
  | {
      readonly kind: 'wait';
      readonly step: string;
      readonly wait: StoredWaitKind;
      readonly key: string | null;
      readonly name: string | null;
    }
  | { readonly kind: 'event'; readonly step: string; readonly payload: string }
  | { readonly kind: 'signal'; readonly name: string; readonly payload: string }
  | {
      readonly kind: 'child';
      readonly step: string;
      readonly id: string;
      readonly name: string;
      readonly status: WorkflowStatus;
      readonly output: string | undefined;
    };

/** Keeps what came for a workflow until it goes on. For one that is over, nothing follows from it any more. */
export function keep({ writes }: Desk, parked: ParkedRun, { kind, ...input }: KeptInput): void {
  if (isFinalWorkflow(parked.status)) return;
  const { tenantId, id: workflowId } = parked;
  writes.keepInput({ tenantId, workflowId, kind, input: JSON.stringify(input) });
}

export function keptInputOf({ kind, input }: KeptInputRow): KeptInput {
  return { kind, ...JSON.parse(input) } as KeptInput;
}

/** For the run as it is rebuilt, none of these has happened yet. */
export function undecidedOf(inputs: readonly KeptInput[]): Undecided {
  return new Set(inputs.flatMap((input) => (input.kind === 'row' ? [input.taskId] : [])));
}
