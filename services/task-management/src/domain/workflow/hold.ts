import { undoState, type WorkflowState } from './workflow-state.ts';
import type { WorkflowStatus } from './workflow-status.ts';

/*
 * What was decided and is too much for the turn is taken back, as steps are by the command `hold`. The workflow stands
 * then as if it had not been decided yet, which is also what its rows say, and `continue` decides it again.
 */

/** A compensation has not begun. */
export function holdUndo(state: WorkflowState, step: number): void {
  const { compensation } = state;
  if (compensation?.undo[step] !== undoState.running) return;
  compensation.undo[step] = undoState.none;
  compensation.begun -= 1;
  state.live -= 1;
}

/** The workflow has not completed, although all its steps are settled. */
export function holdCompletion(state: WorkflowState, before: WorkflowStatus): void {
  state.status = before === 'paused' ? 'paused' : 'running';
}
