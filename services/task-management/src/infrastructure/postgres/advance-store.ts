import type { Positions } from '@taskflow/kit-messaging-postgres';
import type { Queryable } from '@taskflow/kit-postgres';
import type {
  AdvanceStore,
  AdvanceTransaction,
  DueWait,
  EventDeliveryStore,
  WaitStore,
} from '../../application/ports/advance-store.ts';
import { arrivalStatements } from './advance-arrivals.ts';
import { loadingStatements } from './advance-loading.ts';
import * as build from './advance-parameters.ts';
import { keysOf, type StoreDependencies } from './creation-store.ts';
import * as read from './row-mapping.ts';
import {
  claimParameters,
  laidItemParameters,
  newWaitParameters,
  stepRowParameters,
  taskParameters,
} from './row-parameters.ts';
import { asking } from './statements.ts';

export interface AdvanceStoreDependencies extends StoreDependencies {
  readonly positions: Positions;
}

export function createAdvanceStore(dependencies: AdvanceStoreDependencies): AdvanceStore {
  const { database, outbox, stream, positions, statements } = dependencies;
  return {
    transaction: (work, emits) =>
      database.transaction((tx) => work(bindAdvance(tx, dependencies, emits)), {
        durability: emits ? 'synchronous' : 'asynchronous',
      }),
    recall: (batchId) => outbox.recall(stream, batchId),
    isMarked: async (batchId) => (await database.query(statements['read-turn-mark'], [stream, batchId])).length > 0,
    readPosition: async (source, from, identity) => (await positions.read(source, from, identity)).seq,
  };
}

export function createWaitStore({
  database,
  statements,
}: Pick<StoreDependencies, 'database' | 'statements'>): WaitStore {
  return {
    readDueWaits: async (limit) =>
      (await database.query(statements['read-due-waits'], [limit])).map(read.waitKeyOf) as DueWait[],
    nextWaitInMs: async () => {
      const [row] = await database.query<{ in_ms: number }>(statements['read-next-wait']);
      return row?.in_ms;
    },
  };
}

export function createEventDeliveryStore({
  database,
  statements,
}: Pick<StoreDependencies, 'database' | 'statements'>): EventDeliveryStore {
  const first = '00000000-0000-0000-0000-000000000000';
  return {
    readEventDeliveries: async (after = { tenantId: first, id: first }, limit) =>
      (await database.query(statements['read-event-deliveries'], [after.tenantId, after.id, limit])).map(
        read.eventDeliveryOf,
      ),
  };
}

function bindAdvance(tx: Queryable, dependencies: AdvanceStoreDependencies, waits: boolean): AdvanceTransaction {
  const { outbox, stream, statements } = dependencies;
  const { ask, count } = asking(tx, statements);
  const waitForDisk = () => (waits ? undefined : ask('commit-synchronously', []));

  return {
    ...arrivalStatements(tx, dependencies),
    ...loadingStatements(tx, statements),

    insertSteps: (tasks) => count('insert-steps', taskParameters(tasks)),
    insertStepRows: (rows) => count('insert-step-rows', stepRowParameters(rows)),
    resetSteps: (rows) => count('reset-steps', build.generationParameters(rows)),
    restartSteps: (rows) => count('restart-steps', build.restartParameters(rows)),
    endSteps: (rows) => count('end-steps', build.stepEndParameters(rows)),
    layItemsAgain: async (rows) => {
      const laid = await ask<{ id: string; generation: number }>('lay-items-again', laidItemParameters(rows));
      return new Map(laid.map(({ id, generation }) => [id, generation]));
    },
    startItems: async (items) => {
      const rows = await ask<StartedItemRow>('start-items', build.keyParameters(items));
      return new Map(rows.map(({ id, ...started }) => [id, started]));
    },
    settleCompensations: (rows) => count('settle-compensations', build.settledCompensationParameters(rows)),
    insertFanOuts: (rows) => count('insert-fan-outs', build.newFanOutParameters(rows)),
    updateFanOuts: (rows) => count('update-fan-outs', build.changedFanOutParameters(rows)),
    deleteFanOuts: (rows) => count('delete-fan-outs', build.endedFanOutParameters(rows)),
    countEndedItems: async (ended) => void (await ask('count-ended-items', build.endedItemParameters(ended))),
    insertWaits: (begun) => count('insert-waits', newWaitParameters(begun)),
    deleteWaits: (ended) => count('delete-waits', build.waitKeyParameters(ended)),
    insertEventDeliveries: async (deliveries) =>
      void (await ask('insert-event-deliveries', build.eventDeliveryParameters(deliveries))),
    moveEventDeliveries: (moves) => count('move-event-deliveries', build.eventMoveParameters(moves)),
    endEventDeliveries: (deliveries) => count('end-event-deliveries', build.keyParameters(deliveries)),
    keepSignals: async (signals) => void (await ask('keep-signals', build.keptSignalParameters(signals))),
    insertChildren: (workflows) => count('insert-children', build.childParameters(workflows)),
    countDescendants: (roots) => count('count-descendants', build.descendantParameters(roots)),
    requestCancels: async (workflows, mostTasks) =>
      read.cancelledPageOf(await ask('request-workflow-cancels', build.cancelParameters(workflows, mostTasks))),
    closeItems: async (items, at) => void (await ask('close-items', build.closedItemParameters(items, at))),
    updateWorkflows: (changes) => count('update-workflows', build.workflowChangeParameters(changes)),
    applyTaskChanges: (changes) => count('apply-task-commands', build.taskChangeParameters(changes)),
    claimKeys: async (claims) => keysOf(await ask('claim-idempotency-keys', claimParameters(claims))),
    parkWorkflows: (workflows) => count('park-workflows', build.faultParameters(workflows)),
    parkTasks: async (tasks) => (await ask('park-tasks', build.parkedTaskParameters(tasks))).map(read.settledOf),
    keepInputs: async (inputs) => void (await ask('keep-inputs', build.keptInputParameters(inputs))),
    takeInputs: async (keys) => (await ask('take-inputs', build.keyParameters(keys))).map(read.keptInputOf),
    discardWorkflows: (workflows) => count('discard-workflows', build.discardParameters(workflows)),
    closeSteps: async (pages, mostRows) =>
      read.closedPageOf(await ask('close-steps', build.closedStepParameters(pages, mostRows))),
    discardRows: async (part, pages, mostRows) =>
      (await ask(`discard-${part}`, build.discardedRowParameters(pages, mostRows))).map(read.discardPageOf),
    append: async (batchId, events) => {
      const waiting = waitForDisk();
      const appending = outbox.append(tx, stream, batchId, events);
      await Promise.all([waiting, appending]);
      return appending;
    },
    mark: async (batchId) => {
      await Promise.all([waitForDisk(), ask('mark-turn', [stream, batchId])]);
    },
  };
}

interface StartedItemRow {
  id: string;
  generation: number;
  payload: string;
}
