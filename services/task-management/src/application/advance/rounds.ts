import { maxGatheredResult } from '../../domain/workflow/payload-limits.ts';
import type { ItemsToGather } from '../ports/advance-store.ts';
import { workflowCompleted } from '../workflow-events.ts';
import { beginSteps, needsOfStart, receive } from './begin-steps.ts';
import { beginUndos, needsOfUndo } from './begin-undos.ts';
import { cancelChild, loadDefinitions, obtainRelatives, settleParent } from './child-workflows.ts';
import { act, endRun, failWith } from './decisions.ts';
import { needsOf, type ResultNeed } from './step-results.ts';
import { type Desk, isIdle, noWork, type RunEnding, type Work } from './turn-desk.ts';
import { addressOf, rowAt, rowId, stepTaskId } from './workflow-run.ts';
import { maxOutput, outputSteps, workflowOutput } from './workflow-output.ts';

/**
 * Carries out what was decided, and what follows from it, round by round. What one round needs is read together: the
 * number of statements depends on how deep the consequences go and not on how many there are.
 */
export async function runRounds(desk: Desk): Promise<void> {
  while (!isIdle(desk.work)) {
    const round = desk.work;
    desk.work = noWork();
    await obtainRelatives(desk, round);
    const gathered = await gather(desk, round);
    const [definitions, errors, signals] = await Promise.all([
      loadDefinitions(desk, round.starts),
      loadErrors(desk, round),
      takeSignals(desk, round),
      desk.results.load(needsOfRound(round)),
      resetRows(desk, round),
    ]);
    for (const end of round.childEnds) settleParent(desk, end);
    for (const cancel of round.childCancels) cancelChild(desk, cancel);
    for (const one of round.gathers) settleGathered(desk, one, gathered);
    for (const ending of round.endings) conclude(desk, ending, errors);
    await beginSteps(desk, round.starts, definitions);
    for (const { run, step, name, causationId } of round.signals) {
      const payload = signals.get(`${run.id}/${name}`)?.shift();
      if (payload !== undefined) receive(desk, { run, step, causationId }, payload);
    }
    await beginUndos(desk, round.undos);
  }
}

function needsOfRound({ starts, undos, endings }: Work): ResultNeed[] {
  const needs: ResultNeed[] = [];
  for (const start of starts) needs.push(...needsOfStart(start));
  for (const undo of undos) needs.push(...needsOfUndo(undo));
  for (const { run, type } of endings) if (type === 'completed') needs.push(...needsOf(run, outputSteps(run)));
  return needs;
}

/** Puts the results of items together, in the rows of their steps. Gives the ids of those that fit. */
async function gather({ tx }: Desk, { gathers }: Work): Promise<ReadonlySet<string>> {
  const steps: ItemsToGather[] = [];
  for (const { run, step } of gathers) {
    const total = run.state.fanOuts.get(step)?.total ?? 0;
    if (total === 0) continue;
    const items = Array.from({ length: total }, (_, item) => rowId(run, addressOf(run, step, { role: 'item', item })));
    steps.push({ tenantId: run.tenantId, id: stepTaskId(run, step), items });
  }
  return steps.length === 0 ? new Set() : tx.gatherItems(steps, maxGatheredResult);
}

function settleGathered(
  desk: Desk,
  { run, step, causationId }: Work['gathers'][number],
  gathered: ReadonlySet<string>,
): void {
  const isEmpty = run.state.fanOuts.get(step)?.total === 0;
  if (isEmpty || gathered.has(stepTaskId(run, step))) {
    const result = isEmpty ? '[]' : undefined;
    act(desk, run, { type: 'settle-step', step, outcome: 'completed' }, { step, result, causationId });
    return;
  }
  const message = `The results of the items of the step "${addressOf(run, step)}" are larger than ${maxGatheredResult} bytes together. Let items give references to large data instead of the data.`;
  const error = JSON.stringify({ code: 'result_too_large', message });
  act(desk, run, { type: 'settle-step', step, outcome: 'failed' }, { step, error, causationId });
}

/** Rows of the steps that run again get their next generation, those of their items and compensations too. */
async function resetRows({ tx, writes }: Desk, { resets }: Work): Promise<void> {
  if (resets.length === 0) return;
  const keysOf = new Map(resets.map(({ run, keys }) => [run.id, { run, keys }]));
  const rows = await tx.loadStepStatuses(resets.map(({ run: { tenantId, id } }) => ({ tenantId, id })));
  for (const { workflowId, step: address, generation, status } of rows) {
    const { run, keys } = keysOf.get(workflowId) ?? {};
    const row = run && rowAt(run.graph, address);
    if (run === undefined || row === undefined || !keys?.has(addressOf(run, row.step))) continue;
    if (status !== 'blocked') writes.reset(run, address, generation);
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

function conclude(
  desk: Desk,
  { run, type, step = 0, causationId }: RunEnding,
  errors: ReadonlyMap<string, string>,
): void {
  if (type !== 'completed') {
    const own = errors.get(stepTaskId(run, step));
    const prepare = errors.get(rowId(run, addressOf(run, step, { role: 'prepare' })));
    failWith(desk, run, type, own ?? prepare ?? unknownError, causationId);
    return;
  }
  const output = workflowOutput(run, desk.results);
  const shown = output !== undefined && output.length <= maxOutput ? output : undefined;
  desk.writes.events.push(workflowCompleted(desk.context.emission, run, causationId, shown));
  endRun(desk, run, 'completed', output);
  desk.writes.touchHeader(run, shown ?? null);
}

const unknownError = '{"code":"unknown","message":"The step failed without saying why."}';
