import assert from 'node:assert/strict';
import { type Stores, eventuallyHolds } from '@taskflow/tests-e2e';
import { audit, type Promised } from './event-audit.ts';
import { collectEvidence, progressOf } from './evidence.ts';

/** Waits until every task has ended, then until the two services agree, and asserts that no promise was broken. */
export async function assertSettledAndSound(stores: Stores, promised: Promised, withinMs = 120_000): Promise<void> {
  await eventuallyHolds(
    async () => {
      const progress = await progressOf(stores);
      assert.equal(progress.ended, progress.total, JSON.stringify(progress));
    },
    { withinMs },
  );
  await eventuallyHolds(
    async () => {
      assert.deepEqual(audit(await collectEvidence(stores), promised), []);
    },
    { withinMs: 20_000 },
  );
}
