import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sampleEvent } from '@taskflow/kit-messaging/testing';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { eventually, manualClock, setDatabaseOffset } from '@taskflow/kit-testing';
import { type SampleDatabase, sampleDatabase } from './testing/sample-database.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createPositions, PositionMovedError } from './positions.ts';
import { createPruning, createPruner } from './pruning.ts';

const kept = { name: 'kept', text: 'select seq from outbox where stream = 0 order by seq' };
const links = { name: 'links', text: 'select after_seq from positions order by after_seq' };
const hour = 3_600_000;

describe('pruning', () => {
  let sample: SampleDatabase;
  let outbox: Outbox;

  beforeEach(async () => {
    sample = await sampleDatabase();
    outbox = createOutbox({ database: sample.database, source: 'sample' });
  });
  afterEach(() => sample.close());

  async function emit(count: number): Promise<void> {
    for (let i = 1; i <= count; i += 1) {
      await sample.database.transaction((tx) => outbox.append(tx, 0, randomUUID(), [sampleEvent(i)]));
    }
  }
  const prune = (options: { keepMs?: number; rowsPerStatement?: number; keepLinks?: number } = {}) =>
    createPruner({ database: sample.database, keepMs: 0, ...options })(new AbortController().signal);
  const keptSeqs = async () => (await sample.database.query<{ seq: number }>(kept)).map(({ seq }) => seq);

  it('keeps everything while no consumer is known', async () => {
    await emit(3);
    await prune();
    assert.deepEqual(await keptSeqs(), [1, 2, 3]);
  });

  it('drops what every known consumer has applied, and keeps what one that is behind still needs', async () => {
    await emit(5);
    await outbox.log.acknowledge('quick', 0, 5);
    await outbox.log.acknowledge('behind', 0, 2);
    await prune();
    assert.deepEqual(await keptSeqs(), [3, 4, 5]);
    assert.deepEqual(
      (await outbox.log.read(0, 2, 10)).map(({ seq }) => seq),
      [3, 4, 5],
    );
    await outbox.log.acknowledge('behind', 0, 5);
    await prune();
    assert.deepEqual(await keptSeqs(), []);
  });

  it('keeps everything for a consumer that is known and has applied nothing', async () => {
    await emit(2);
    await outbox.log.acknowledge('quick', 0, 2);
    await outbox.log.acknowledge('new', 0, 0);
    await prune();
    assert.deepEqual(await keptSeqs(), [1, 2]);
  });

  it('never takes an acknowledgement back', async () => {
    await emit(2);
    await outbox.log.acknowledge('sample', 0, 2);
    await outbox.log.acknowledge('sample', 0, 1);
    await prune();
    assert.deepEqual(await keptSeqs(), []);
  });

  it('keeps young entries, so that a transaction in doubt still meets the key of its batch', async () => {
    await emit(2);
    await outbox.log.acknowledge('sample', 0, 2);
    await prune({ keepMs: hour });
    assert.deepEqual(await keptSeqs(), [1, 2]);
    await setDatabaseOffset(sample.database, 2 * hour);
    await emit(1);
    await outbox.log.acknowledge('sample', 0, 3);
    await prune({ keepMs: hour });
    assert.deepEqual(await keptSeqs(), [3]);
  });

  it('goes on with the numbers after everything was dropped', async () => {
    await emit(2);
    await outbox.log.acknowledge('sample', 0, 2);
    await prune();
    await emit(1);
    assert.deepEqual(
      (await outbox.log.read(0, 2, 10)).map(({ seq }) => seq),
      [3],
    );
  });

  it('stops a reader loudly whose entries were dropped, at the head too', async () => {
    await emit(3);
    await outbox.log.acknowledge('sample', 0, 3);
    await prune();
    await assert.rejects(outbox.log.read(0, 1, 10), { code: 'log_gap' });
    assert.deepEqual(await outbox.log.read(0, 3, 10), []);
    await emit(1);
    await assert.rejects(outbox.log.read(0, 1, 10), { code: 'log_gap' });
  });

  it('needs several short statements for many rows', async () => {
    await emit(7);
    await outbox.log.acknowledge('sample', 0, 6);
    await prune({ rowsPerStatement: 2 });
    assert.deepEqual(await keptSeqs(), [7]);
  });

  it('keeps the newest links of each chain of positions, and the chain goes on', async () => {
    const positions = createPositions({ database: sample.database });
    const identity = randomUUID();
    const advance = (source: string, from: number, to: number) =>
      sample.database.transaction((tx) =>
        positions.advance(tx, { source, stream: 0, from, to, logIdentity: identity }),
      );
    for (let at = 0; at < 6; at += 1) await advance('one', at, at + 1);
    await advance('other', 0, 9);
    await prune({ keepLinks: 2, rowsPerStatement: 3 });
    assert.deepEqual(
      (await sample.database.query<{ after_seq: number }>(links)).map(({ after_seq }) => after_seq),
      [0, 4, 5],
    );
    assert.equal((await positions.read('one', 0, identity)).seq, 6);
    assert.equal((await positions.read('other', 0, identity)).seq, 9);
    await assert.rejects(advance('one', 2, 3), PositionMovedError);
    await advance('one', 6, 7);
  });

  it('runs as a loop', async () => {
    await emit(2);
    await outbox.log.acknowledge('sample', 0, 1);
    const clock = manualClock();
    const loop = createPruning({ database: sample.database, clock, telemetry: silentTelemetry(), keepMs: 0 });
    await loop.start();
    await eventually(async () => (await keptSeqs()).length === 1);
    await outbox.log.acknowledge('sample', 0, 2);
    loop.wake();
    await eventually(async () => (await keptSeqs()).length === 0);
    await loop.stop();
  });
});
