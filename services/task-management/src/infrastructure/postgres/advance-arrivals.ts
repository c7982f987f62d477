import type { Positions } from '@taskflow/kit-messaging-postgres';
import type { Queryable } from '@taskflow/kit-postgres';
import type { AdvanceTransaction } from '../../application/ports/advance-store.ts';
import { keysOf } from './creation-store.ts';
import * as build from './parameters.ts';
import * as read from './row-mapping.ts';
import { asking, type TaskManagementStatements } from './statements.ts';

type Arrivals = Pick<
  AdvanceTransaction,
  | 'movePosition'
  | 'settle'
  | 'markOutcomesUnknown'
  | 'lockTasks'
  | 'takeDueWaits'
  | 'takeEventWaits'
  | 'measureEventWaits'
  | 'readKeys'
>;

interface Dependencies {
  readonly positions: Positions;
  readonly statements: TaskManagementStatements;
}

/** The first statements of a transaction: they take in what arrived. */
export function arrivalStatements(tx: Queryable, { positions, statements }: Dependencies): Arrivals {
  const { ask } = asking(tx, statements);
  return {
    movePosition: (move) => positions.advance(tx, move),
    settle: async (updates) =>
      (await ask('settle-tasks', [...build.taskUpdates.encode(updates), updates.length])).map(read.settledOf),
    markOutcomesUnknown: async (tasks) => void (await ask('mark-outcomes-unknown', build.generationParameters(tasks))),
    lockTasks: async (keys) => (await ask('lock-tasks', build.keyParameters(keys))).map(read.lockedTaskOf),
    takeDueWaits: async (due) =>
      (await ask('take-due-waits', [...build.waitKeys.encode(due), due.length])).map(read.takenWaitOf),
    measureEventWaits: async (events) => {
      const rows = await ask('measure-event-waits', [...build.eventNames.encode(events), events.length]);
      const measures = new Map(rows.map(({ n, above, up_to: upTo, waiting }) => [n, { above, upTo, waiting }]));
      return events.map((_, i) => measures.get(i + 1) ?? { above: 0, upTo: 0, waiting: 0 });
    },
    takeEventWaits: async (pages) =>
      (await ask('take-event-waits', [...build.eventPages.encode(pages), pages.length])).map(read.matchedWaitOf),
    readKeys: async (keys) =>
      keysOf(await ask('read-idempotency-keys', [...build.idempotencyKeys.encode(keys), keys.length])),
  };
}
