import { maxGatheredResult } from '../../domain/workflow/payload-limits.ts';
import { holdCompletion } from '../../domain/workflow/hold.ts';
import type { Gathering, ItemsToGather } from '../ports/advance-store.ts';
import { workflowCompleted } from '../workflow-events.ts';
import { beginSteps, needsOfStart, receive } from './begin-steps.ts';
import { beginUndos, needsOfUndo } from './begin-undos.ts';
import { putOff } from './beginning.ts';
import { cancelChild, childOf, loadDefinitions, obtainRelatives, parentOf, settleParent } from './child-workflows.ts';
import { act, endRun, failWith, putOffUndo } from './decisions.ts';
import { onBehalf, refusePoisoned } from './on-behalf.ts';
import { needsOf, type ResultNeed } from './step-results.ts';
import { type Desk, isIdle, noWork, type RunEnding, type Work } from './turn-desk.ts';
import { addressOf, rowAt, rowId, stepTaskId, type WorkflowRun } from './workflow-run.ts';
import { isOutputUnread, maxOutput, outputSteps, workflowOutput } from './workflow-output.ts';

/**
 * Carries out what was decided, and what follows from it, round by round. What one round needs is read together: the
 * number of statements depends on how deep the consequences go and not on how many there are. After so many rounds
 * nothing else begins in this turn; what has begun comes to its consequences.
 */
export async function runRounds(desk: Desk): Promise<void> {
  for (let rounds = 1; !isIdle(desk.work); rounds += 1) {
    if (rounds > desk.budget.bounds.rounds) desk.budget.close();
    refusePoisoned(desk);
    await runRound(desk);
  }
  refusePoisoned(desk);
}

async function runRound(desk: Desk): Promise<void> {
  const round = desk.work;
  desk.work = noWork();
  leaveUnaffordable(desk, round);
  await obtainRelatives(desk, round);
  const gathered = await gather(desk, round);
  const [definitions, errors, signals] = await Promise.all([
    loadDefinitions(desk, round.starts),
    loadErrors(desk, round),
    takeSignals(desk, round),
    desk.results.load(needsOfRound(round)),
    resetRows(desk, round),
  ]);
  for (const end of round.childEnds) onBehalf(desk, parentOf(end), () => settleParent(desk, end));
  for (const cancel of round.childCancels) onBehalf(desk, childOf(cancel), () => cancelChild(desk, cancel));
  for (const one of round.gathers) onBehalf(desk, one.run, () => settleGathered(desk, one, gathered));
  await concludeAll(desk, round.endings, errors);
  await beginSteps(desk, round.starts, definitions);
  for (const { run, step, name, causationId } of round.signals) {
    const payload = signals.get(`${run.id}/${name}`)?.shift();
    if (payload !== undefined) onBehalf(desk, run, () => receive(desk, { run, step, causationId }, payload));
  }
  await beginUndos(desk, round.undos);
}

/** Beginnings of a turn that takes nothing more on are left before anything is read for them. */
function leaveUnaffordable(desk: Desk, round: Work): void {
  for (const hold of round.holds) onBehalf(desk, hold.run, () => putOff(desk, hold));
  const [starts, undos] = [round.starts, round.undos];
  round.starts = starts.filter(({ share }) => !desk.budget.isSpent(share));
  round.undos = undos.filter(({ share }) => !desk.budget.isSpent(share));
  for (const start of starts) if (desk.budget.isSpent(start.share)) putOff(desk, start);
  for (const undo of undos) if (desk.budget.isSpent(undo.share)) putOffUndo(desk, undo);
}

function needsOfRound({ starts, undos, endings }: Work): ResultNeed[] {
  const needs: ResultNeed[] = [];
  for (const start of starts) needs.push(...needsOfStart(start));
  for (const undo of undos) needs.push(...needsOfUndo(undo));
  for (const { run, type } of endings) if (type === 'completed') needs.push(...needsOf(run, outputSteps(run)));
  return needs;
}

/** Puts the results of items together, in the rows of their steps. What is too much for the turn is left. */
async function gather(desk: Desk, round: Work): Promise<ReadonlyMap<string, Gathering>> {
  const steps: ItemsToGather[] = [];
  const { gatheredItems, gatheredBytes } = desk.budget.bounds;
  for (const { run, step } of round.gathers) {
    const total = run.state.fanOuts.get(step)?.total ?? 0;
    if (total === 0) continue;
    if (desk.gathered > 0 && desk.gathered + total > gatheredItems) continue;
    desk.gathered += total;
    const items = Array.from({ length: total }, (_, item) => rowId(run, addressOf(run, step, { role: 'item', item })));
    steps.push({ tenantId: run.tenantId, id: stepTaskId(run, step), items });
  }
  if (steps.length === 0) return new Map();
  return desk.tx.gatherItems(steps, { each: maxGatheredResult, together: gatheredBytes });
}

function settleGathered(
  desk: Desk,
  { run, step, causationId }: Work['gathers'][number],
  gathered: ReadonlyMap<string, Gathering>,
): void {
  const isEmpty = run.state.fanOuts.get(step)?.total === 0;
  const outcome = isEmpty ? 'gathered' : (gathered.get(stepTaskId(run, step)) ?? 'later');
  if (outcome === 'later') return desk.writes.remind(run);
  if (outcome === 'gathered') {
    const result = isEmpty ? '[]' : undefined;
    act(desk, run, { type: 'settle-step', step, outcome: 'completed' }, { step, result, causationId });
    return;
  }
  const message = `The results of the items of the step "${addressOf(run, step)}" are larger than ${maxGatheredResult} bytes together. Let items give references to large data instead of the data.`;
  const error = JSON.stringify({ code: 'result_too_large', message });
  act(desk, run, { type: 'settle-step', step, outcome: 'failed' }, { step, error, causationId });
}

/** Rows of the steps that run again get their next generation, those of their compensations too. */
async function resetRows({ tx, writes }: Desk, { resets }: Work): Promise<void> {
  if (resets.length === 0) return;
  const resetOf = new Map(resets.map((reset) => [reset.run.id, reset]));
  const workflows = resets.map(({ run: { tenantId, id } }) => ({ tenantId, id }));
  for (const { workflowId, step: address, generation } of await tx.loadRowsToReset(workflows)) {
    const { run, steps } = resetOf.get(workflowId) as Work['resets'][number];
    const at = rowAt(run.graph, address);
    if (at && steps.has(at.step)) writes.reset(run, address, generation);
  }
}

async function loadErrors({ tx }: Desk, { endings }: Work): Promise<ReadonlyMap<string, string>> {
  const failed = endings.filter(({ type }) => type !== 'completed');
  const keys = failed.flatMap(({ run, step = 0 }) =>
    [addressOf(run, step), addressOf(run, step, { role: 'prepare' })].map((address) => ({
      tenantId: run.tenantId,
      id: rowId(run, address),
    })),
  );
  return keys.length === 0 ? new Map() : tx.loadErrors(keys);
}

async function takeSignals({ tx }: Desk, { signals }: Work): Promise<Map<string, string[]>> {
  const wanted = new Map<string, { tenantId: string; workflowId: string; name: string; many: number }>();
  for (const { run, name } of signals) {
    const key = `${run.id}/${name}`;
    const known = wanted.get(key);
    if (known) known.many += 1;
    else wanted.set(key, { tenantId: run.tenantId, workflowId: run.id, name, many: 1 });
  }
  if (wanted.size === 0) return new Map();
  const taken = Map.groupBy(await tx.takeSignals([...wanted.values()]), (one) => `${one.workflowId}/${one.name}`);
  return new Map([...taken].map(([key, list]) => [key, list.map(({ payload }) => payload)]));
}

/** Ends workflows. One whose output is too much for the turn completes in a later one. */
async function concludeAll(
  desk: Desk,
  endings: readonly RunEnding[],
  errors: ReadonlyMap<string, string>,
): Promise<void> {
  let alone: RunEnding | undefined;
  for (const ending of endings) {
    const { run, type } = ending;
    onBehalf(desk, run, () => {
      if (type !== 'completed') conclude(desk, ending, errors);
      else if (!isOutputUnread(run, desk.results)) complete(desk, ending);
      else if (desk.readAlone) putOffCompletion(desk, run);
      else {
        desk.readAlone = true;
        alone = ending;
      }
    });
  }
  if (alone !== undefined) await completeAlone(desk, alone);
}

async function completeAlone(desk: Desk, ending: RunEnding): Promise<void> {
  await desk.results.reload(needsOf(ending.run, outputSteps(ending.run)));
  onBehalf(desk, ending.run, () => complete(desk, ending));
}

function conclude(
  desk: Desk,
  { run, type, step = 0, causationId }: RunEnding,
  errors: ReadonlyMap<string, string>,
): void {
  const own = errors.get(stepTaskId(run, step));
  const prepare = errors.get(rowId(run, addressOf(run, step, { role: 'prepare' })));
  failWith(desk, run, type as 'failed' | 'compensating', own ?? prepare ?? unknownError, causationId);
}

function complete(desk: Desk, { run, share, causationId }: RunEnding): void {
  const output = workflowOutput(run, desk.results);
  const shown = output !== undefined && output.length <= maxOutput ? output : undefined;
  const bytes = (run.parent ? output?.length : shown?.length) ?? 0;
  // Small ones complete whatever else the turn carries: leaving them would cost more.
  if (bytes > smallOutput && !desk.budget.take(share, { rows: 1, bytes })) return putOffCompletion(desk, run);
  desk.writes.events.push(workflowCompleted(desk.context.emission, run, causationId, shown));
  endRun(desk, run, 'completed', output);
  desk.writes.touchHeader(run, shown ?? null);
}

/** Longest output that is not counted: two thousand of them are what one turn may carry. */
const smallOutput = 2_000;

function putOffCompletion({ writes }: Desk, run: WorkflowRun): void {
  holdCompletion(run.state, run.storedStatus);
  writes.touchStatus(run);
  writes.remind(run);
}

const unknownError = '{"code":"unknown","message":"The step failed without saying why."}';
