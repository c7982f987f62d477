import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import { z } from 'zod';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { RetryableError, TaskFlowError, TerminalError } from '../errors.ts';
import { aDelivery } from '../testing/fake-platform.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { Attempt } from './attempt.ts';
import { createHandlers, type Definition } from './handlers.ts';

const greet = task({
  id: 'greet',
  input: z.object({ name: z.string().trim(), times: z.int().default(1) }),
  run: ({ name, times }) => `hello ${name}`.repeat(times),
});
const hello = workflow({ id: 'hello', version: 2, input: z.object({ who: z.string().default('you') }) }, (w) => {
  const first = w.step('first', greet, { input: ({ input }) => ({ name: ` ${input.who} ` }) });
  const broken = w.step('broken', greet, {
    needs: { first },
    input: (): { name: string } => {
      throw new Error('a mistake in the mapping');
    },
  });
  return w.output({ first, broken }, (seen) => ({ printed: seen.first, length: seen.first.length }));
});

/** Runs a delivery and waits for its outcome. */
async function run(definitions: readonly Definition[], given: Partial<Delivery>): Promise<unknown> {
  const host = { log: recordingLog(), progressed: () => {}, unhandled: () => {} };
  return createHandlers(definitions).run(new Attempt(aDelivery(1, given), 0, host));
}
const step = (key: string, version = 2): Delivery['workflow'] => ({
  workflowId: '00000000-0000-4000-8000-0000000000ff',
  name: 'hello',
  version,
  step: key,
});
const mapped = (input: unknown, needs: object = {}) => ({ $mapped: true, input, needs });

describe('handlers', () => {
  it('validates the payload and hands the parsed value to the handler', async () => {
    assert.equal(await run([greet], { type: 'greet', payload: { name: ' Ada ', times: 2 } }), 'hello Adahello Ada');
  });

  it('waits for a schema that answers later', async () => {
    const later = z.object({ n: z.number() }).transform(async ({ n }) => n + 1);
    const increment = task({ id: 'increment', input: later, run: (n) => n * 10 });
    assert.equal(await run([increment], { type: 'increment', payload: { n: 1 } }), 20);
    await assert.rejects(run([increment], { type: 'increment', payload: { n: 'x' } }), TerminalError);
  });

  it('takes an invalid payload for terminal: no attempt would do better', async () => {
    await assert.rejects(
      run([greet], { type: 'greet', payload: { name: 7 } }),
      (error: unknown) =>
        error instanceof TerminalError && error.code === 'invalid_input' && /\/name/.test(error.message),
    );
  });

  it('evaluates the mapping of a step over the parsed input, then validates and runs its task', async () => {
    const printed = await run([hello], { type: 'greet', payload: mapped({}), workflow: step('first') });
    assert.equal(printed, 'hello you');
  });

  it('evaluates the output over the results that it needs', async () => {
    const payload = mapped({}, { first: 'hello you', broken: 'x' });
    const given = { type: 'taskflow.output/hello@2', payload, workflow: step('$output') };
    assert.deepEqual(await run([hello], given), { printed: 'hello you', length: 9 });
  });

  it('takes a mapping that throws for terminal', async () => {
    await assert.rejects(
      run([hello], { type: 'greet', payload: mapped({}, { first: '' }), workflow: step('broken') }),
      (error: unknown) => {
        assert.ok(error instanceof TerminalError);
        assert.deepEqual([error.code, error.details], ['mapping_failed', { step: 'broken', function: 'input' }]);
        return /"input" of step "broken" of workflow "hello" threw: a mistake/.test(error.message);
      },
    );
  });

  for (const [what, workflowOfDelivery] of Object.entries({
    'another version': step('first', 1),
    'a step that this version lacks': step('gone'),
  })) {
    it(`leaves ${what} to a worker that holds it`, async () => {
      await assert.rejects(
        run([hello], { type: 'greet', payload: mapped({}), workflow: workflowOfDelivery }),
        (error: unknown) => error instanceof RetryableError && error.code === 'definition_not_held',
      );
    });
  }

  it('takes the payload of a step that was posted as JSON for the input itself', async () => {
    const given = { type: 'greet', payload: { name: 'Ada' }, workflow: step('first') };
    assert.equal(await run([greet], given), 'hello Ada');
  });

  it('holds the tasks of its workflows, their output steps, and the built-in types', () => {
    const { types } = createHandlers([hello]);
    assert.deepEqual(types.toSorted(), [
      'greet',
      'taskflow.fail',
      'taskflow.noop',
      'taskflow.output/hello@2',
      'taskflow.sleep',
    ]);
  });

  it('refuses two definitions that claim one name, and names that are reserved', () => {
    const other = task({ id: 'greet', run: () => 1 });
    const code = (expected: string) => (error: unknown) => error instanceof TaskFlowError && error.code === expected;
    assert.throws(() => createHandlers([greet, other]), code('duplicate_definition'));
    assert.throws(() => createHandlers([hello, other]), code('duplicate_definition'));
    assert.throws(() => createHandlers([task({ id: 'taskflow.mine', run: () => 1 })]), code('reserved_definition'));
    assert.doesNotThrow(() => createHandlers([greet, hello, greet]));
  });

  it('noop gives its payload back; fail fails as often as asked', async () => {
    assert.deepEqual(await run([], { type: 'taskflow.noop', payload: { a: [1] } }), { a: [1] });
    const failing = { type: 'taskflow.fail', payload: { message: 'no', times: 2 } };
    await assert.rejects(run([], { ...failing, attempt: 2 }), /no/);
    assert.deepEqual(await run([], { ...failing, attempt: 3 }), { attempts: 3 });
    await assert.rejects(run([], { type: 'taskflow.fail', payload: null, attempt: 900 }), RetryableError);
  });

  it('sleep refuses what is no length of time', async () => {
    for (const payload of [null, {}, { ms: '1' }, { ms: -1 }, { ms: Number.NaN }]) {
      await assert.rejects(run([], { type: 'taskflow.sleep', payload }), TerminalError);
    }
    assert.deepEqual(await run([], { type: 'taskflow.sleep', payload: { ms: 0 } }), { ms: 0 });
  });
});
