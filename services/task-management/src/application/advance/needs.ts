import type { Effect, Need } from '../../domain/workflow/effect.ts';
import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { Share } from './transaction-budget.ts';
import type { WorkflowInstance } from './workflow-instance.ts';

/** The cause of an input: the share of the budget that it draws on, and the event that it follows from. */
export interface Cause {
  readonly share: Share;
  /** Id of the event that it follows from. */
  readonly causationId: string | undefined;
}

/** The cause of what somebody asked for. */
export const asked: Cause = { share: 'fresh', causationId: undefined };
/** The cause of what an earlier transaction deferred. */
export const deferred: Cause = { share: 'left', causationId: undefined };

export type NeedOf<T extends Need['what']> = Extract<Need, { what: T }>;

export interface Needed<N> {
  readonly instance: WorkflowInstance;
  readonly need: N;
  readonly cause: Cause;
}

/** A workflow that a step started has ended. `output` is JSON text; `undefined` when it is too large. */
export interface EndedChild {
  readonly child: Pick<WorkflowInstance, 'tenantId' | 'id' | 'name' | 'parent'>;
  readonly status: WorkflowStatus;
  readonly output: string | undefined;
}

/** The needs of transitions since the last pass, by kind: each kind is answered by one statement. */
export type Needs = { readonly [What in Need['what']]: Needed<NeedOf<What>>[] } & {
  readonly endedChildren: EndedChild[];
  readonly cancelledChildren: Needed<Extract<Effect, { kind: 'cancel-child' }>>[];
  /** What was too large beside others. */
  readonly alone: Needed<NeedOf<'output' | 'start' | 'compensate'>>[];
};

export function noNeeds(): Needs {
  return {
    endedChildren: [],
    cancelledChildren: [],
    join: [],
    error: [],
    output: [],
    start: [],
    signal: [],
    compensate: [],
    reset: [],
    alone: [],
  };
}

export function isAnswered(needs: Needs): boolean {
  for (const list of Object.values(needs) as unknown[][]) if (list.length > 0) return false;
  return true;
}

/** Sorts a need in. */
export function addNeed(needs: Needs, instance: WorkflowInstance, need: Need, cause: Cause): void {
  if ('alone' in need && need.alone) needs.alone.push({ instance, need, cause });
  else (needs[need.what] as Needed<Need>[]).push({ instance, need, cause });
}
