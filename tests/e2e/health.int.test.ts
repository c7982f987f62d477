import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Api, eventuallyHolds, openStores, usePlatform } from './harness/index.ts';

interface Report {
  readonly status: string;
  readonly dependencies: Readonly<Record<string, { state: string; detail?: string; since?: string }>>;
}

async function health(api: Api, status: number): Promise<Report['dependencies']> {
  const answer = await api.call<Report>('GET', '/health');
  assert.equal(answer.status, status, answer.text);
  return answer.body.dependencies;
}

const isGauge = async (api: Api, dependency: string, value: 0 | 1) => {
  const { text } = await api.call('GET', '/metrics');
  assert.match(text, new RegExp(`^health_failing\\{dependency="${dependency}"\\} ${value}$`, 'm'));
};

/** Lines of the log about one dependency, as they begin and end. */
const reported = (output: string, dependency: string) =>
  output.split('\n').filter((line) => /its duty/.test(line) && line.includes(`"${dependency}"`));

describe('health', () => {
  const platform = usePlatform({ env: { TASKFLOW_LOG_LEVEL: 'info', TASKFLOW_LOG_FORMAT: 'json' } });

  it('tells of a consumer that repeats one entry, since when and why, and is well again by itself', async () => {
    const { api, child } = platform();
    const stores = await openStores(platform());
    await health(api, 200);
    await stores.execution.query({ name: '', text: 'ALTER TABLE waiting RENAME TO hidden' });
    const { id } = await api.createTask({ type: 'e2e.nobody' });
    const failing = await eventuallyHolds(
      async () => {
        const bus = (await health(api, 503))['platform.event-bus'];
        assert.equal(bus?.state, 'failing');
        return bus;
      },
      { withinMs: 60_000 },
    );
    assert.match(
      failing.detail ?? '',
      /task-execution does not follow task-management.* times at entry \d+: .*waiting/,
    );
    assert.ok(Number.isFinite(Date.parse(failing.since ?? '')));
    assert.equal((await api.call('GET', '/readyz')).status, 503);
    assert.equal((await api.call('GET', '/livez')).status, 200);
    await eventuallyHolds(() => isGauge(api, 'platform.event-bus', 1));

    await stores.execution.query({ name: '', text: 'ALTER TABLE hidden RENAME TO waiting' });
    await eventuallyHolds(() => api.expect(200, 'GET', '/readyz'), { withinMs: 60_000 });
    await eventuallyHolds(() => health(api, 200), { withinMs: 60_000 });
    await eventuallyHolds(() => isGauge(api, 'platform.event-bus', 0));
    assert.equal((await api.task(id)).status, 'queued');
    assert.equal(reported(child.stderr(), 'platform.event-bus').length, 2, 'once when it began and once when it ended');
    await stores.close();
  });

  it('tells why the database server does not come back, once, and takes up work again when it does', async () => {
    const { api, child, dataDir, postmaster } = platform();
    const pid = postmaster() ?? assert.fail('no database server');
    // Without this file the server cannot be started, so it stays dead for as long as the test wants.
    const needed = join(dataDir, 'cluster', 'global', 'pg_control');
    await rename(needed, `${needed}.away`);
    process.kill(pid, 'SIGKILL');
    await eventuallyHolds(
      async () => {
        const server = (await health(api, 503))['platform.database-server'];
        assert.match(server?.detail ?? '', /could not be started again/);
        await isGauge(api, 'platform.database-server', 1);
      },
      { withinMs: 90_000 },
    );
    assert.equal((await api.call('GET', '/readyz')).status, 503);
    await rename(`${needed}.away`, needed);
    await eventuallyHolds(() => health(api, 200), { withinMs: 120_000 });
    await api.createTask({ type: 'e2e.nobody' });
    await eventuallyHolds(() => isGauge(api, 'platform.database-server', 0));
    assert.equal(reported(child.stderr(), 'platform.database-server').length, 2);
  });
});
