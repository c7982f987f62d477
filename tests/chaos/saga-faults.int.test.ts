import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Child,
  type PlatformProcess,
  type Stores,
  type WorkflowBody,
  openStores,
  removeDirectory,
  startChild,
  startPlatform,
  temporaryDirectory,
  eventuallyHolds,
} from '@taskflow/tests-e2e';
import {
  assertBalanced,
  assertSettledAndSound,
  chaosScale,
  createHistory,
  holdOutboxes,
  type Ledger,
  openLedger,
  type RandomSaga,
  randomSaga,
  seededRandom,
  workflowCounts,
  soonLost,
} from './harness/index.ts';

const ends = new Set(['completed', 'failed', 'compensated', 'compensation-stuck']);

describe('sagas that fail at random while everything around them is killed', () => {
  const count = 1_000 * chaosScale();
  const seed = 20_261_121;
  let dataDir = '';
  let platform: PlatformProcess;
  let stores: Stores;
  let ledger: Ledger;
  const workers: Child[] = [];

  before(async () => {
    dataDir = await temporaryDirectory('saga-faults');
    ledger = await openLedger();
    platform = await startPlatform({ dataDir, env: soonLost });
    stores = await openStores(platform);
    await holdOutboxes(stores);
  });
  after(async () => {
    for (const worker of workers) worker.signalGroup('SIGKILL');
    await stores?.close();
    await platform?.remove();
    await ledger?.close();
    await removeDirectory(dataDir);
  });

  async function startWorker(): Promise<void> {
    const command = ['tests/chaos/fixtures/ledger-worker.ts', platform.url, `w${workers.length}`, ledger.url] as const;
    const worker = startChild({ command });
    workers.push(worker);
    await worker.line(/^working/);
  }

  async function killPlatform(): Promise<void> {
    const { port } = platform;
    await platform.kill();
    platform = await startPlatform({ dataDir, port, env: soonLost });
  }

  async function killWorker(): Promise<void> {
    const worker = workers.findLast((each) => each.running());
    assert.ok(worker !== undefined);
    worker.signalGroup('SIGKILL');
    await worker.exited;
    await startWorker();
  }

  /** Every saga under a key of its own, asked for until its id is known. */
  async function startAll(sagas: readonly RandomSaga[], ids: Map<string, string>): Promise<void> {
    const history = createHistory(platform.api);
    const pending = sagas.entries();
    const caller = async () => {
      for (const [, { book, body }] of pending) {
        while (!ids.has(book)) {
          const headers = { 'idempotency-key': book };
          const { operation, answer } = await history.call<WorkflowBody>('POST', '/api/v1/workflows', {
            body,
            headers,
          });
          assert.notEqual(operation.outcome, 'refused', operation.text);
          if (operation.outcome === 'ok' && answer !== undefined) ids.set(book, answer.body.id);
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, caller));
  }

  const counted = () => workflowCounts(stores);

  it('ends every one of them completed, undone or parked, and balances the books', async (t) => {
    const random = seededRandom(seed);
    const sagas = Array.from({ length: count }, (_, n) => randomSaga(`b${n}`, random));
    const ids = new Map<string, string>();
    await Promise.all([startWorker(), startWorker()]);

    const starting = startAll(sagas, ids);
    let cutWhileCompensating = 0;
    for (const share of [0.15, 0.35, 0.55]) {
      await eventuallyHolds(
        async () => {
          const ended = [...(await counted())].reduce(
            (sum, [status, many]) => (ends.has(status) ? sum + many : sum),
            0,
          );
          assert.ok(ended >= count * share, `${ended} have ended`);
        },
        { withinMs: 120_000 },
      );
      await killWorker();
      const before = await counted();
      await killPlatform();
      t.diagnostic(`killed at ${JSON.stringify([...before])}`);
      assert.ok((before.get('running') ?? 0) > 0, 'nothing was at work');
      cutWhileCompensating += before.get('compensating') ?? 0;
    }
    await starting;
    assert.ok(cutWhileCompensating > 0, 'no kill came while something was being undone');

    await eventuallyHolds(
      async () => {
        const now = await counted();
        const open = [...now].filter(([status]) => !ends.has(status));
        assert.deepEqual(open, []);
        assert.equal(
          [...now.values()].reduce((sum, many) => sum + many, 0),
          count,
        );
      },
      { withinMs: 180_000 },
    );
    const endings: Record<string, number> = {};
    for (const saga of sagas) {
      const workflow = await platform.api.workflow(ids.get(saga.book) ?? '');
      endings[workflow.status] = (endings[workflow.status] ?? 0) + 1;
      assertBalanced(saga, workflow, ledger);
    }
    t.diagnostic(`ended: ${JSON.stringify(endings)}`);
    for (const status of ['completed', 'compensated', 'compensation-stuck'])
      assert.ok((endings[status] ?? 0) > 0, status);
    await assertSettledAndSound(stores, { taskIds: [], workflowIds: [...ids.values()] });
  });
});
