import { emptySettlement, fold, type Settlement } from '../../domain/task/settlement.ts';
import { firstGeneration } from '../task-record.ts';
import type { ReceivedFact } from './advance-command.ts';

/** Adds facts up, one settlement per task and generation, in the order in which each was first heard of. */
export function foldFacts(facts: readonly ReceivedFact[], into: Map<string, Settlement>): void {
  for (const { tenantId, taskId, generation, eventId, fact } of facts) {
    const key = settlementKey(taskId, generation);
    let settlement = into.get(key);
    if (settlement === undefined) {
      settlement = emptySettlement(tenantId, taskId, generation);
      into.set(key, settlement);
    }
    fold(settlement, fact, eventId);
  }
}

export function settlementKey(taskId: string, generation: number): string {
  return generation === firstGeneration ? taskId : `${taskId}/${generation}`;
}
