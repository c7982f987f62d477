import { isPoison } from '@taskflow/kit-messaging-postgres';
import type { Log } from '@taskflow/kit-telemetry';
import { isEnding } from '../../domain/task/task-status.ts';
import { managementBounds } from '../bounds.ts';
import { type AdvanceCommand, type AdvanceOutcome, granted } from './advance-command.ts';
import { type ExhaustionBounds, Exhaustions, halve, isExhausted, leastToLeaveOut } from './isolate-fault.ts';
import { PoisonedTransactionError } from './on-behalf.ts';
import { faultText, reasonOf } from './parked-instance.ts';
import type { Parking, TransactionAttempts } from './transaction-attempts.ts';
import type { TransactionRecord } from './transaction-record.ts';

/**
 * Writes batches so that what cannot be applied stops nothing else: it is cut down to the one workflow, task or command,
 * which is parked or refused.
 */
export function createIsolatingWriter(
  attempts: TransactionAttempts,
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
    parking: Map<string, string> = new Map(),
  ): Promise<readonly AdvanceOutcome[]> {
    for (;;) {
      try {
        return await attempts.attempt(batch, parking);
      } catch (error) {
        if (!isPoison(error) && !exhaustions.areFault(batch, error)) throw error;
        const faults = error instanceof PoisonedTransactionError ? error.faults : undefined;
        const isNews = faults !== undefined && [...faults.keys()].some((id) => !parking.has(id));
        if (!isNews || asksOf(batch, faults)) {
          if (batch.length > 1) throw error;
          return [await isolate(batch[0] as AdvanceCommand, error, parking)];
        }
        for (const [id, fault] of faults) parking.set(id, faultText(fault));
      }
    }
  }

  async function isolate(
    command: AdvanceCommand,
    error: unknown,
    parking: Map<string, string>,
  ): Promise<AdvanceOutcome> {
    const halves = halve(command);
    if (halves === undefined) return settleAlone(command, error, parking);
    const [first, second] = halves;
    const failure = await write([first], new Map(parking)).then(() => undefined, failed);
    // The position moves with the second half of events: never past a first half that is not there. A timer that cannot
    // end keeps no other from its end.
    if (failure && command.kind === 'apply-execution-events') throw failure.failure;
    await write([second], new Map(parking));
    if (failure) throw failure.failure;
    return granted;
  }

  /** One command, event or timer cannot be applied: the workflow that is at fault is found by leaving some of them out. */
  async function settleAlone(
    command: AdvanceCommand,
    error: unknown,
    parking: Map<string, string>,
  ): Promise<AdvanceOutcome> {
    const asked = 'workflowId' in command ? command.workflowId : undefined;
    const ids = [...attempts.last.concerned.keys()].filter(
      (id) => id !== asked && !parking.has(id) && !attempts.last.born.has(id),
    );
    const worksWithout = (some: readonly string[]) => works(attempts, command, parking, some);
    if (ids.length > 0 && !(error instanceof PoisonedTransactionError) && (await worksWithout(ids))) {
      for (const id of await leastToLeaveOut(ids, worksWithout)) parking.set(id, faultText(error));
      return (await write([command], parking))[0] as AdvanceOutcome;
    }
    return refuse(command, error, parking);
  }

  /** Nothing but the command itself is at fault. */
  async function refuse(command: AdvanceCommand, error: unknown, parking: Parking): Promise<AdvanceOutcome> {
    const [received] = command.kind === 'apply-execution-events' ? command.events : [];
    if (command.kind === 'apply-execution-events' && received) {
      const unwritable = isEnding(received.event.kind)
        ? { event: received, fault: faultText(error, 'task') }
        : undefined;
      if (unwritable === undefined)
        log.error({ err: error, taskId: received.taskId }, 'an event of a task was left out');
      return (await attempts.attempt([{ ...command, events: [], unwritable }], parking))[0] as AdvanceOutcome;
    }
    if (!hasCaller(command)) throw error;
    const cause = error instanceof PoisonedTransactionError ? error.cause : error;
    log.error({ err: cause, command: command.kind }, 'a command could not be applied and was refused');
    return {
      kind: 'refused',
      refusal: 'cannot_apply',
      status: statusOf(attempts.last, command),
      reason: reasonOf(cause),
    };
  }

  return (batch: readonly AdvanceCommand[]) => write(batch);
}

/** Whether a command could be written with these workflows parked besides. */
async function works(
  attempts: TransactionAttempts,
  command: AdvanceCommand,
  parking: Parking,
  besides: readonly string[],
): Promise<boolean> {
  const all = new Map([...parking, ...besides.map((id): [string, string] => [id, '{}'])]);
  try {
    await attempts.rehearse([command], all);
    return true;
  } catch (error) {
    if (!isPoison(error) && !isExhausted(error)) throw error;
    return false;
  }
}

function statusOf({ parked, touched }: TransactionRecord, command: AdvanceCommand): string {
  const asked = 'workflowId' in command ? command.workflowId : '';
  return parked.has(asked) ? 'stuck' : (touched.get(asked)?.storedStatus ?? 'unknown');
}

function failed(failure: unknown): { readonly failure: unknown } {
  return { failure };
}

/** Somebody is told that it was refused; else a loop or the bus tries it again, and says so. */
function hasCaller({ kind }: AdvanceCommand): boolean {
  return kind !== 'apply-execution-events' && kind !== 'fire-waits' && kind !== 'deliver-event';
}

/** Whether a command of the batch asks something of one of these workflows: it is refused then, and parks nothing. */
function asksOf(batch: readonly AdvanceCommand[], faults: ReadonlyMap<string, unknown>): boolean {
  return batch.some((command) => 'workflowId' in command && faults.has(command.workflowId));
}
