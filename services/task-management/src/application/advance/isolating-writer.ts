import { isPoison } from '@taskflow/kit-messaging-postgres';
import type { Log } from '@taskflow/kit-telemetry';
import { isEnding } from '../../domain/task/task-status.ts';
import { managementBounds } from '../bounds.ts';
import { type AdvanceCommand, type AdvanceOutcome, granted } from './advance-command.ts';
import { type ExhaustionBounds, Exhaustions, halve, isExhausted, leastToLeaveOut } from './isolate-fault.ts';
import { PoisonedTurnError } from './on-behalf.ts';
import { faultText, reasonOf } from './parked-run.ts';
import type { Held, TurnAttempts } from './turn-attempts.ts';
import type { Turn } from './turn-desk.ts';

/**
 * Writes batches so that what cannot be applied stops nothing else: it is cut down to the one workflow, task or command,
 * which is parked or refused.
 */
export function createIsolatingWriter(
  attempts: TurnAttempts,
  log: Pick<Log, 'error'>,
  bounds: ExhaustionBounds = managementBounds,
) {
  const exhaustions = new Exhaustions(bounds);

  /**
   * What throws on behalf of workflows that nobody asks anything of parks them, and the batch is taken again. Any other
   * fault of a batch makes the group writer halve it; that of one command is looked for within it.
   */
  async function write(
    batch: readonly AdvanceCommand[],
    held: Map<string, string> = new Map(),
  ): Promise<readonly AdvanceOutcome[]> {
    for (;;) {
      try {
        return await attempts.attempt(batch, held);
      } catch (error) {
        if (!isPoison(error) && !exhaustions.areFault(batch, error)) throw error;
        const faults = error instanceof PoisonedTurnError ? error.faults : undefined;
        const isNews = faults !== undefined && [...faults.keys()].some((id) => !held.has(id));
        if (!isNews || asksOf(batch, faults)) {
          if (batch.length > 1) throw error;
          return [await isolate(batch[0] as AdvanceCommand, error, held)];
        }
        for (const [id, fault] of faults) held.set(id, faultText(fault));
      }
    }
  }

  async function isolate(command: AdvanceCommand, error: unknown, held: Map<string, string>): Promise<AdvanceOutcome> {
    const halves = halve(command);
    if (halves === undefined) return settleAlone(command, error, held);
    const [first, second] = halves;
    const failure = await write([first], new Map(held)).then(() => undefined, failed);
    // The position moves with the second half of facts: never past a first half that is not there. A wait that cannot
    // end keeps no other from its end.
    if (failure && command.type === 'apply-facts') throw failure.failure;
    await write([second], new Map(held));
    if (failure) throw failure.failure;
    return granted;
  }

  /** One command, fact or wait cannot be applied: the workflow that is at fault is found by leaving some of them out. */
  async function settleAlone(
    command: AdvanceCommand,
    error: unknown,
    held: Map<string, string>,
  ): Promise<AdvanceOutcome> {
    const asked = 'workflowId' in command ? command.workflowId : undefined;
    const ids = [...attempts.lastTurn.concerned.keys()].filter(
      (id) => id !== asked && !held.has(id) && !attempts.lastTurn.born.has(id),
    );
    const worksWithout = (some: readonly string[]) => works(command, held, some);
    if (ids.length > 0 && !(error instanceof PoisonedTurnError) && (await worksWithout(ids))) {
      for (const id of await leastToLeaveOut(ids, worksWithout)) held.set(id, faultText(error));
      return (await write([command], held))[0] as AdvanceOutcome;
    }
    return refuse(command, error, held);
  }

  /** Nothing but the command itself is at fault. */
  async function refuse(command: AdvanceCommand, error: unknown, held: Held): Promise<AdvanceOutcome> {
    const [fact] = command.type === 'apply-facts' ? command.facts : [];
    if (command.type === 'apply-facts' && fact) {
      const unwritable = isEnding(fact.fact.type) ? { fact, fault: faultText(error, 'task') } : undefined;
      if (unwritable === undefined) log.error({ err: error, taskId: fact.taskId }, 'a fact was left out');
      return (await attempts.attempt([{ ...command, facts: [], unwritable }], held))[0] as AdvanceOutcome;
    }
    if (!hasCaller(command)) throw error;
    const cause = error instanceof PoisonedTurnError ? error.cause : error;
    log.error({ err: cause, command: command.type }, 'a command could not be applied and was refused');
    return {
      type: 'refused',
      refusal: 'cannot_apply',
      status: statusOf(attempts.lastTurn, command),
      reason: reasonOf(cause),
    };
  }

  /** Whether a command could be written with these workflows parked besides. */
  async function works(command: AdvanceCommand, held: Held, besides: readonly string[]): Promise<boolean> {
    const all = new Map([...held, ...besides.map((id): [string, string] => [id, '{}'])]);
    try {
      await attempts.rehearse([command], all);
      return true;
    } catch (error) {
      if (!isPoison(error) && !isExhausted(error)) throw error;
      return false;
    }
  }

  return (batch: readonly AdvanceCommand[]) => write(batch);
}

function statusOf({ parked, touched }: Turn, command: AdvanceCommand): string {
  const asked = 'workflowId' in command ? command.workflowId : '';
  return parked.has(asked) ? 'stuck' : (touched.get(asked)?.storedStatus ?? 'unknown');
}

function failed(failure: unknown): { readonly failure: unknown } {
  return { failure };
}

/** Somebody is told that it was refused; else a loop or the bus tries it again, and says so. */
function hasCaller({ type }: AdvanceCommand): boolean {
  return type !== 'apply-facts' && type !== 'fire-waits' && type !== 'deliver-event';
}

/** Whether a command of the batch asks something of one of these workflows: it is refused then, and parks nothing. */
function asksOf(batch: readonly AdvanceCommand[], faults: ReadonlyMap<string, unknown>): boolean {
  return batch.some((command) => 'workflowId' in command && faults.has(command.workflowId));
}
