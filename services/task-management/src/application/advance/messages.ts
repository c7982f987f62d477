import type { TaskStatus } from '../../domain/task/task-status.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { KeptInputRow } from '../ports/advance-store.ts';
import type { StoredWaitKind } from '../records/workflow-record.ts';
import type { Undecided } from './load-instance.ts';

/** A message comes for a workflow, and is kept in this form while that is stuck. Texts beside keys and names are JSON. */
export type Message =
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
  /** The time of a timer has come; its row is gone. */
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

export function messageOf({ kind, input }: KeptInputRow): Message {
  return { kind, ...JSON.parse(input) } as Message;
}

/** For the instance as it is loaded, none of these has happened yet. */
export function undecidedOf(messages: readonly Message[]): Undecided {
  return new Set(messages.flatMap((message) => (message.kind === 'row' ? [message.taskId] : [])));
}
