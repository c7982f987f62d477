import type { StepOutcome } from './workflow-command.ts';
import type { WorkflowState } from './workflow-state.ts';
import type { WorkflowStatus } from './workflow-status.ts';

/** Deepest nesting of workflows; what would go deeper fails its step with `too_deep_nesting`. */
export const maxNesting = 16;

/** What the final status of a child means for the step that started it: the request to end that it followed is no failure. */
export function childOutcome(parent: WorkflowState, child: WorkflowStatus): StepOutcome {
  if (child === 'completed') return 'completed';
  const goesOn = parent.status === 'running' || parent.status === 'waiting' || parent.status === 'paused';
  const askedToEnd = parent.cancelRequested || !goesOn;
  return askedToEnd && (child === 'cancelled' || child === 'compensated') ? 'cancelled' : 'failed';
}
