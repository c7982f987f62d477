import { compensationPayload, payloadTooLarge } from '../../domain/workflow/begin-step.ts';
import type { CompiledStep } from '../../domain/workflow/graph.ts';
import { tooLarge } from '../ports/advance-store.ts';
import { causeOf } from './beginning.ts';
import { act, putOffUndo } from './decisions.ts';
import { onBehalf } from './on-behalf.ts';
import { needsOf, readingOf, type ResultNeed } from './step-results.ts';
import { makeCompensation } from './step-tasks.ts';
import { rowBytes } from './turn-budget.ts';
import type { Desk, Work } from './turn-desk.ts';
import { addressOf, generationOf } from './workflow-run.ts';

type UndoStart = Work['undos'][number];

const compensationRow = { role: 'compensation' } as const;

/** Begins the compensations of a round, as `beginSteps` begins steps: none fails because others begin beside it. */
export async function beginUndos(desk: Desk, undos: readonly UndoStart[]): Promise<void> {
  let alone: UndoStart | undefined;
  for (const undo of undos) {
    onBehalf(desk, undo.run, () => {
      const payload = desk.budget.isSpent(undo.share) ? tooLarge : payloadOf(desk, undo);
      if (payload !== tooLarge) begin(desk, undo, payload);
      else if (desk.readAlone || desk.budget.isSpent(undo.share)) putOffUndo(desk, undo);
      else {
        desk.readAlone = true;
        alone = undo;
      }
    });
  }
  if (alone !== undefined) await beginAlone(desk, alone);
}

async function beginAlone(desk: Desk, undo: UndoStart): Promise<void> {
  await desk.results.reload(needsOfUndo(undo));
  onBehalf(desk, undo.run, () => begin(desk, undo, payloadOf(desk, undo)));
}

export function needsOfUndo({ run, step }: UndoStart): ResultNeed[] {
  return needsOf(run, run.graph.steps[step]?.compensation?.reads ?? []);
}

/** `undefined`: it is too large whatever else the turn carries. */
function payloadOf(desk: Desk, { run, step }: UndoStart): string | typeof tooLarge | undefined {
  const reading = readingOf(run, desk.results);
  const payload = compensationPayload(run.graph.steps[step] as CompiledStep, reading.valueOf);
  return reading.oversized ? tooLarge : payload;
}

function begin(desk: Desk, undo: UndoStart, payload: string | typeof tooLarge | undefined): void {
  const { run, step, again, share } = undo;
  const address = addressOf(run, step, compensationRow);
  const bytes = (typeof payload === 'string' ? payload.length : 0) + rowBytes;
  if (!desk.budget.take(share, { rows: 1, bytes })) return putOffUndo(desk, undo);
  if (again) desk.writes.reset(run, address, generationOf(run, address));
  if (payload === undefined || payload === tooLarge) failUndo(desk, undo, payloadTooLarge(address));
  else desk.writes.start(run, address, makeCompensation(run, step, payload, causeOf(desk, undo)));
}

/** Its task cannot be made: it is stuck. */
function failUndo(
  desk: Desk,
  undo: UndoStart,
  { code, message }: { readonly code: string; readonly message: string },
): void {
  const { run, step, causationId } = undo;
  const error = JSON.stringify({ code, message });
  const task = makeCompensation(run, step, 'null', causeOf(desk, undo));
  const ended = { status: 'failed', result: null, error, startedAt: null, finishedAt: task.createdAt } as const;
  desk.writes.addRow(run, addressOf(run, step, compensationRow), { ...task, ...ended });
  act(desk, run, { type: 'settle-undo', step, outcome: 'failed' }, { step, error, causationId });
}
