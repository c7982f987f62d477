import type { Publisher } from '@taskflow/kit-messaging';
import { isPoison } from '@taskflow/kit-messaging-postgres';
import { CommitUnknownError, createGroupCommit, type GroupCommit } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock, Ids, Random } from '@taskflow/kit-time';
import type { ExecutionBounds } from '../bounds.ts';
import type { Backlog } from '../../domain/backlog.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { ExecutionMeter } from '../ports/execution-meter.ts';
import type { LedgerOutcome, LedgerResult } from '../ports/ledger-result.ts';
import type { Arrivals, LedgerStore } from '../ports/ledger-store.ts';
import { nothingAffected } from './attempts-at-writing.ts';
import { sumOf } from './command-kind.ts';
import { weigh } from './command-kinds.ts';
import { createIsolation } from './isolate-poison.ts';
import type { LedgerCommand } from './ledger-command.ts';
import { type LedgerPlan, planBatch } from './ledger-plan.ts';
import { runTransaction } from './run-transaction.ts';
import type { StuckWork } from './stuck-work.ts';
import { createTryOut } from './try-out.ts';

export type Ledger = GroupCommit<LedgerCommand, LedgerOutcome>;

export interface LedgerDependencies {
  readonly store: LedgerStore;
  readonly backlog: Backlog;
  readonly dispatcher: Dispatcher;
  /** By session id. */
  readonly workerName: (session: string) => string;
  readonly publisher: Publisher;
  readonly meter: ExecutionMeter;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly bounds: ExecutionBounds;
  readonly overdueGraceMs: number;
  readonly stuck: StuckWork;
  /** Whether dispatches must be on disk before they leave: true for a while after each start. */
  readonly dispatchesDurably: () => boolean;
  /** Dispatches what little waits, so that new work need not queue behind it. Never rejects. */
  readonly flushBacklog: () => Promise<void>;
}

/** A transaction that has run and whose COMMIT was sent. */
interface Attempt {
  readonly batchId: string;
  readonly plan: LedgerPlan;
  readonly arrivals: Arrivals;
  readonly result: LedgerResult;
  /** It wrote a part of a command: whoever asks for the whole writes it again, and finds the part superseded. */
  readonly isPart: boolean;
}

const stream = 0;

/**
 * The one writer of executions: whatever happens to them at the same time shares a transaction, and everything that
 * a transaction caused leaves this process only after its COMMIT returned.
 */
export function createLedger(deps: LedgerDependencies): Ledger {
  const { store, backlog, dispatcher, publisher, meter, stuck, overdueGraceMs, bounds } = deps;
  const sweep = () => ({ ...bounds, overdueGraceMs, leftAlone: stuck.ids() });
  const runDeps = { ids: deps.ids, random: deps.random, sweep, workerName: deps.workerName };
  /** The writer is serial, so an unknown outcome is always that of the latest transaction. */
  let latest: Attempt | undefined;

  async function write(batch: readonly LedgerCommand[]): Promise<readonly LedgerOutcome[]> {
    try {
      return await writeTogether(batch, false);
    } catch (error) {
      const [command, ...others] = batch;
      // Of several commands the writer finds the one that is at fault, by halves.
      if (!command || others.length > 0 || !isPoison(error)) throw error;
      return [await isolate(command, error)];
    }
  }

  async function writeTogether(batch: readonly LedgerCommand[], isPart: boolean): Promise<readonly LedgerOutcome[]> {
    // Still there: the transaction before took no effect, or nobody could learn whether it did.
    if (latest) dispatcher.abandon(latest.arrivals);
    latest = undefined;
    const plan = planBatch(batch);
    const { arrivals: works } = plan.batch.changes;
    if (works.length > 0 && backlog.isShort) await deps.flushBacklog();
    const batchId = deps.ids.next();
    const arrivals = dispatcher.assign(works, plan.endingSessions);
    const mustLast = plan.mayEmit || (arrivals.works.length > 0 && deps.dispatchesDurably());
    try {
      const result = await store.transaction(mustLast ? 'synchronous' : 'asynchronous', async (tx) => {
        const result = await runTransaction({ plan, arrivals, batchId }, tx, runDeps);
        latest = { batchId, plan, arrivals, result, isPart };
        return result;
      });
      latest = undefined;
      return conclude(arrivals, result);
    } catch (error) {
      // Of a transaction in doubt the reservations are kept: `recall` gives them up or uses them.
      if (error instanceof CommitUnknownError && latest) publisher.recheckLog(stream);
      else {
        latest = undefined;
        dispatcher.abandon(arrivals);
      }
      throw error;
    }
  }

  function conclude(arrivals: Arrivals, result: LedgerResult): readonly LedgerOutcome[] {
    for (const entry of result.entries ?? []) publisher.committed(entry);
    dispatcher.committed(arrivals, result);
    meter.superseded(supersededIn(result));
    return result.outcomes;
  }

  async function recall(): Promise<readonly LedgerOutcome[] | 'absent'> {
    const attempt = latest;
    if (!attempt) return 'absent';
    if (await tookEffect(store, attempt)) {
      latest = undefined;
      const outcomes = conclude(attempt.arrivals, attempt.result);
      return attempt.isPart ? 'absent' : outcomes;
    }
    return 'absent';
  }

  const isolate = createIsolation({
    async write(command) {
      const [outcome] = await writeTogether([command], command.kind !== 'apply');
      return outcome ?? nothingAffected;
    },
    tryOut: createTryOut(store, runDeps),
    store,
    sweep,
    stuck,
    meter,
    log: deps.telemetry.log,
  });

  const { ledgerRows, ledgerBytes, ledgerWaiting: maxWaiting, ledgerWaitingBytes: maxWaitingBytes } = bounds;
  const limits = { maxRows: ledgerRows, maxBytes: ledgerBytes, maxWaiting, maxWaitingBytes };
  return createGroupCommit<LedgerCommand, LedgerOutcome>(
    { name: 'ledger', write, recall, weigh, ...limits },
    { clock: deps.clock, telemetry: deps.telemetry, random: deps.random },
  );
}

function supersededIn({ outcomes }: LedgerResult): number {
  return sumOf(outcomes, ({ statuses }) => statuses.filter((status) => status === 'superseded').length);
}

/**
 * What it published, or else the position that moved with it, tells. A transaction with neither only moved rows under
 * their fences, and may be written again.
 */
async function tookEffect(store: LedgerStore, { batchId, plan, result }: Attempt): Promise<boolean> {
  if (result.entries) return (await store.recall(batchId)) !== undefined;
  const [move] = plan.batch.moves;
  return move !== undefined && (await store.hasMoved(move));
}
