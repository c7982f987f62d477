import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rawExchange, statusOf, usePlatform, writtenRows } from './harness/index.ts';

const type = 'taskflow.noop';
const a = { key: 'a', type };

const rows: readonly { what: string; body: object; code: string; names: readonly string[] }[] = [
  {
    what: 'a cycle',
    body: {
      steps: [
        a,
        { key: 'x', type, dependsOn: ['z'] },
        { key: 'y', type, dependsOn: ['x'] },
        { key: 'z', type, dependsOn: ['y'] },
      ],
    },
    code: 'cycle',
    names: ['x', 'y', 'z'],
  },
  {
    what: 'a step that depends on itself',
    body: { steps: [a, { key: 'me', type, dependsOn: ['me'] }] },
    code: 'self_dependency',
    names: ['me'],
  },
  {
    what: 'an unknown dependency',
    body: { steps: [a, { key: 'b', type, dependsOn: ['ghost'] }] },
    code: 'unknown_dependency',
    names: ['b', 'ghost'],
  },
  {
    what: 'a duplicate key',
    body: { steps: [a, { key: 'twin', type }, { key: 'twin', type }] },
    code: 'duplicate_key',
    names: ['twin'],
  },
  {
    what: '10,001 steps',
    body: { steps: Array.from({ length: 10_001 }, (_, n) => ({ key: `s${n}`, type })) },
    code: 'too_many_steps',
    names: ['10000'],
  },
  { what: 'an output that is no step', body: { steps: [a], output: 'ghost' }, code: '', names: ['ghost'] },
  { what: 'no step', body: { steps: [] }, code: '', names: [] },
  { what: 'a key with a dot', body: { steps: [{ key: 'a.b', type }] }, code: '', names: [] },
  {
    what: 'an unknown property of a step',
    body: { steps: [{ ...a, retries: 3 }] },
    code: 'unknown_property',
    names: ['retries'],
  },
  {
    what: 'a condition that is none',
    body: { steps: [{ ...a, when: 'true' }] },
    code: 'invalid_condition',
    names: ['a'],
  },
  {
    what: 'a condition with an unknown operator',
    body: { steps: [{ ...a, when: { value: { $from: 'input.n' }, matches: '.*' } }] },
    code: 'invalid_condition',
    names: ['a'],
  },
  {
    what: 'a condition that reads a step which it does not wait for',
    body: { steps: [a, { key: 'b', type, when: { $from: 'steps.a.result' } }] },
    code: 'reference_without_dependency',
    names: ['b', 'a'],
  },
  { what: 'a step without work', body: { steps: [a, { key: 'idle' }] }, code: 'step_without_work', names: ['idle'] },
  {
    what: 'a step that is two things',
    body: { steps: [{ ...a, sleep: { for: '1s' } }] },
    code: 'two_kinds',
    names: ['a'],
  },
  {
    what: 'a sleep without an end',
    body: { steps: [{ key: 'nap', sleep: {} }] },
    code: 'invalid_wait',
    names: ['nap'],
  },
  {
    what: 'a wait for an event without a key',
    body: { steps: [{ key: 'scan', waitForEvent: { event: 'scanned', timeout: '1h' } }] },
    code: 'invalid_wait',
    names: ['scan'],
  },
  {
    what: 'a wait for a signal without a timeout',
    body: { steps: [{ key: 'ok', waitForSignal: { signal: 'approved' } }] },
    code: '',
    names: ['timeout'],
  },
  { what: 'a fan-out over nothing', body: { steps: [{ ...a, each: {} }] }, code: 'invalid_wait', names: ['a'] },
  {
    what: 'an item where there is no fan-out',
    body: { steps: [{ ...a, payload: { $from: 'item.name' } }] },
    code: '',
    names: ['item.name'],
  },
  {
    what: 'a compensation of a sleep',
    body: { steps: [{ key: 'nap', sleep: { for: 1 }, compensation: { type } }] },
    code: 'compensation_of_wait',
    names: ['nap'],
  },
  {
    what: 'a compensation without a type',
    body: { steps: [{ ...a, compensation: {} }] },
    code: '',
    names: ['compensation/type'],
  },
  {
    what: 'a compensation that reads a later step',
    body: {
      steps: [
        { ...a, compensation: { type, payload: { $from: 'steps.later.result' } } },
        { key: 'later', type, dependsOn: ['a'] },
      ],
    },
    code: 'reference_without_dependency',
    names: ['a', 'later'],
  },
  { what: 'an unknown onFailure', body: { steps: [a], onFailure: 'panic' }, code: '', names: ['onFailure'] },
  { what: 'a mapped step', body: { steps: [{ ...a, mapped: true }] }, code: 'mapped_inline', names: ['a'] },
  {
    what: 'a reference to a step that it does not depend on',
    body: { steps: [a, { key: 'b', type, payload: { $from: 'steps.ghost.result' } }] },
    code: '',
    names: ['ghost'],
  },
];

describe('workflows that are refused', () => {
  const platform = usePlatform();

  for (const { what, body, code, names } of rows) {
    it(`${what} is answered 422 by name and nothing is written`, async () => {
      const { api } = platform();
      const before = await writtenRows(platform());
      const answer = await api.call('POST', '/api/v1/workflows', { body: { name: 'refused', ...body } });
      assert.equal(answer.status, 422, answer.text.slice(0, 500));
      if (code !== '') assert.equal(answer.body.code, code, answer.text.slice(0, 500));
      for (const name of names)
        assert.ok(answer.text.replaceAll(',', '').includes(name), `${name} is not named: ${answer.text.slice(0, 500)}`);
      assert.deepEqual(await writtenRows(platform()), before);
    });

    if (code === 'mapped_inline') continue;
    it(`${what} cannot be registered either`, async () => {
      const { api } = platform();
      const before = await writtenRows(platform());
      const answer = await api.call('POST', '/api/v1/workflow-definitions', {
        body: { name: 'refused', version: 1, graph: body },
      });
      assert.equal(answer.status, 422, answer.text.slice(0, 500));
      assert.deepEqual(await writtenRows(platform()), before);
    });
  }

  it('takes 10,000 steps', async () => {
    const { api } = platform();
    const steps = Array.from({ length: 10_000 }, (_, n) => ({
      key: `s${n}`,
      type: 'e2e.never',
      dependsOn: n === 0 ? [] : ['s0'],
    }));
    const { id, steps: shown } = await api.startWorkflow({ name: 'largest', steps });
    assert.equal(shown.length, 10_000);
    assert.equal((await api.call('POST', `/api/v1/workflows/${id}/cancel`, { body: {} })).status, 202);
    assert.equal((await api.settledWorkflow(id)).status, 'cancelled');
  });

  it('refuses a workflow of more than 8 MiB by its announced length', async () => {
    const before = await writtenRows(platform());
    const announced = ['Host: localhost', 'Content-Type: application/json', `Content-Length: ${(8 << 20) + 1}`];
    const answer = await rawExchange(
      platform().url,
      ['POST /api/v1/workflows HTTP/1.1', ...announced, '', ''].join('\r\n'),
    );
    assert.equal(statusOf(answer), 413, answer);
    assert.deepEqual(await writtenRows(platform()), before);
  });

  it('takes a workflow of almost 8 MiB', async () => {
    const { api } = platform();
    const steps = Array.from({ length: 32 }, (_, n) => ({
      key: `s${n}`,
      type: 'e2e.never',
      payload: 'x'.repeat(250_000),
    }));
    const { id } = await api.startWorkflow({ name: 'heavy', steps });
    assert.equal((await api.workflow(id)).steps.length, 32);
  });

  it('refuses a definition and a version that nobody registered', async () => {
    const { api } = platform();
    const answer = await api.call('POST', '/api/v1/workflows', {
      body: { definition: 'nobody.registered.this', input: {} },
    });
    assert.ok([404, 422].includes(answer.status), answer.text);
    assert.ok(answer.body.code);
  });

  it('refuses the same version of a definition with another graph', async () => {
    const { api } = platform();
    const register = (steps: object[]) =>
      api.call('POST', '/api/v1/workflow-definitions', { body: { name: 'fixed', version: 1, graph: { steps } } });
    const first = await register([a]);
    assert.ok([200, 201].includes(first.status), first.text);
    assert.ok([200, 201].includes((await register([a])).status));
    const other = await register([a, { key: 'b', type }]);
    assert.equal(other.status, 409, other.text);
  });
});
