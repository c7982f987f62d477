import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiRequest, HttpApi } from '../api/http-api.ts';
import { Pace } from './pace.ts';
import { createHandle } from './handle.ts';

function recorded(): { readonly pauses: number[]; readonly environment: ConstructorParameters<typeof Pace>[0] } {
  const pauses: number[] = [];
  const pause = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  return { pauses, environment: { random: () => 1, pause } };
}

describe('a read that should have waited and did not', () => {
  it('is followed by longer and longer pauses, until one waits again', async () => {
    const { pauses, environment } = recorded();
    const pace = new Pace(environment);
    for (let time = 0; time < 10; time += 1) await pace.next(50_000, 3, Number.POSITIVE_INFINITY);
    assert.deepEqual(pauses, [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
    await pace.next(50_000, 49_000, Number.POSITIVE_INFINITY);
    await pace.next(50_000, 3, Number.POSITIVE_INFINITY);
    assert.deepEqual(pauses.slice(10), [50]);
    await pace.next(50_000, 3, 7);
    assert.deepEqual(pauses.slice(11), [7]);
  });
});

describe('waiting for a result', () => {
  it('pauses between answers that come at once', async () => {
    const { pauses, environment } = recorded();
    let reads = 0;
    const api = {
      url: '',
      request: () => Promise.resolve({ status: (reads += 1) < 6 ? 'running' : 'done' }),
    } as unknown as HttpApi;
    const handle = createHandle<{ status: string }, string, string>(
      api,
      'tasks',
      'id',
      ({ status }) => (status === 'done' ? { done: true, result: status } : { done: false }),
      environment,
    );
    assert.equal(await handle.result(), 'done');
    assert.deepEqual([reads, pauses.length], [6, 5]);
  });

  it('for longer than a timer can run sets none, and waits on the server', async () => {
    const requests: ApiRequest[] = [];
    const { environment } = recorded();
    const api = {
      url: '',
      request: (request: ApiRequest) => {
        requests.push(request);
        return Promise.resolve({ status: requests.length < 3 ? 'running' : 'done' });
      },
    } as unknown as HttpApi;
    const handle = createHandle<{ status: string }, string, string>(
      api,
      'tasks',
      'id',
      ({ status }) => (status === 'done' ? { done: true, result: status } : { done: false }),
      environment,
    );
    await handle.result({ timeout: '30d' });
    assert.deepEqual(
      requests.map(({ waitSeconds, signal }) => [waitSeconds, signal]),
      [
        [50, undefined],
        [50, undefined],
        [50, undefined],
      ],
    );
  });
});
