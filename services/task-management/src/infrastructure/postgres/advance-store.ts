import type { Positions } from '@taskflow/kit-messaging-postgres';
import type { Queryable } from '@taskflow/kit-postgres';
import type { AdvanceStore, AdvanceTransaction } from '../../application/ports/advance-store.ts';
import { arrivalStatements } from './advance-arrivals.ts';
import { loadingStatements } from './advance-loading.ts';
import { keysOf, type StoreDependencies } from './creation-store.ts';
import * as build from './parameters.ts';
import * as read from './row-mapping.ts';
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
    isMarked: async (batchId) => (await database.query(statements['read-receipt'], [stream, batchId])).length > 0,
    readPosition: async (source, from, identity) => (await positions.read(source, from, identity)).seq,
  };
}

const discardStatements = {
  inputs: 'discard-inputs',
  waits: 'discard-waits',
  'fan-outs': 'discard-fan-outs',
} as const;

function bindAdvance(tx: Queryable, dependencies: AdvanceStoreDependencies, waits: boolean): AdvanceTransaction {
  const { outbox, stream, statements } = dependencies;
  const { ask, count } = asking(tx, statements);
  const waitForDisk = () => (waits ? undefined : ask('commit-synchronously', []));

  return {
    ...arrivalStatements(tx, dependencies),
    ...loadingStatements(tx, statements),

    insertSteps: (tasks) => count('insert-steps', build.newTasks.encode(tasks)),
    insertStepRows: (rows) => count('insert-step-rows', build.newStepRows.encode(rows)),
    resetSteps: (rows) => count('reset-steps', build.generationParameters(rows)),
    restartSteps: (rows) => count('restart-steps', [...build.restartedSteps.encode(rows), rows.length]),
    endSteps: (rows) => count('end-steps', [...build.endedSteps.encode(rows), rows.length]),
    layItemsAgain: async (rows) => {
      const laid = await ask('lay-items-again', build.laidItems.encode(rows));
      return new Map(laid.map(({ id, generation }) => [id, generation]));
    },
    startItems: async (items) => {
      const rows = await ask('start-items', build.keyParameters(items));
      return new Map(rows.map(({ id, ...started }) => [id, started]));
    },
    settleCompensations: (rows) =>
      count('settle-compensations', [...build.settledCompensations.encode(rows), rows.length]),
    insertFanOuts: (rows) => count('insert-fan-outs', build.newFanOuts.encode(rows)),
    updateFanOuts: (rows) => count('update-fan-outs', [...build.changedFanOuts.encode(rows), rows.length]),
    deleteFanOuts: (rows) => count('delete-fan-outs', [...build.endedFanOuts.encode(rows), rows.length]),
    countEndedItems: async (ended) =>
      void (await ask('count-ended-items', [...build.endedItems.encode(ended), ended.length])),
    insertWaits: (begun) => count('insert-waits', build.newWaits.encode(begun)),
    deleteWaits: (ended) => count('delete-waits', [...build.waitKeys.encode(ended), ended.length]),
    insertEventDeliveries: async (deliveries) =>
      void (await ask('insert-event-deliveries', build.newEventDeliveries.encode(deliveries))),
    moveEventDeliveries: (moves) =>
      count('move-event-deliveries', [...build.movedEventDeliveries.encode(moves), moves.length]),
    endEventDeliveries: (deliveries) => count('end-event-deliveries', build.keyParameters(deliveries)),
    keepSignals: async (signals) => void (await ask('keep-signals', build.keptSignals.encode(signals))),
    insertChildren: (workflows) => count('insert-children', build.newChildren.encode(workflows)),
    countDescendants: (roots) => count('count-descendants', [...build.countedRoots.encode(roots), roots.length]),
    requestCancels: async (workflows, maxTasks) =>
      read.cancelledPageOf(
        await ask('request-workflow-cancels', [...build.cancelPages.encode(workflows), workflows.length, maxTasks]),
      ),
    closeItems: async (items, at) =>
      void (await ask('close-items', [...build.readKeys.encode(items), new Date(at).toISOString(), items.length])),
    updateWorkflows: (changes) => count('update-workflows', [...build.workflowChanges.encode(changes), changes.length]),
    applyTaskChanges: (changes) => count('apply-task-commands', [...build.taskChanges.encode(changes), changes.length]),
    claimKeys: async (claims) => keysOf(await ask('claim-idempotency-keys', build.keyClaims.encode(claims))),
    parkWorkflows: (workflows) =>
      count('park-workflows', [...build.parkedWorkflows.encode(workflows), workflows.length]),
    parkTasks: async (tasks) =>
      (await ask('park-tasks', [...build.parkedTasks.encode(tasks), tasks.length])).map(read.settledOf),
    keepInputs: async (inputs) => void (await ask('keep-inputs', build.keptInputs.encode(inputs))),
    takeInputs: async (keys) => (await ask('take-inputs', build.keyParameters(keys))).map(read.keptInputOf),
    discardWorkflows: (workflows) =>
      count('discard-workflows', [...build.discardedWorkflows.encode(workflows), workflows.length]),
    closeSteps: async (pages, maxRows) =>
      read.closedPageOf(await ask('close-steps', [...build.closedPages.encode(pages), pages.length, maxRows])),
    discardRows: async (part, pages, maxRows) =>
      (await ask(discardStatements[part], [...build.discardPages.encode(pages), pages.length, maxRows])).map(
        read.discardPageOf,
      ),
    append: async (batchId, events) => {
      const waiting = waitForDisk();
      const appending = outbox.append(tx, stream, batchId, events);
      await Promise.all([waiting, appending]);
      return appending;
    },
    mark: async (batchId) => {
      await Promise.all([waitForDisk(), ask('write-receipt', [stream, batchId])]);
    },
  };
}
