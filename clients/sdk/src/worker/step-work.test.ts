import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import { z } from 'zod';
import { event } from '../definitions/event.ts';
import { signal } from '../definitions/signal.ts';
import { task } from '../definitions/task.ts';
import { encodeWire } from '../definitions/wire-value.ts';
import { workflow } from '../definitions/workflow.ts';
import { RetryableError, TerminalError } from '../errors.ts';
import { aDelivery } from '../testing/fake-platform.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { Attempt } from './attempt.ts';
import { createHandlers } from './handlers.ts';
import { skipped } from './step-work.ts';

const echo = task({ id: 'echo', run: (input: unknown) => input });
const undo = task({ id: 'undo', run: (input: { what: string }) => `undone ${input.what}` });
const Approved = signal({ id: 'approved', payload: z.object({ by: z.string().toUpperCase() }) });
const Later = signal({ id: 'later', payload: z.object({ n: z.number() }).transform(async ({ n }) => n + 1) });
const Scanned = event({ id: 'scanned', payload: z.object({ id: z.number() }), key: ({ id }) => id });
const inner = workflow({ id: 'inner', version: 3, input: z.object({ at: z.date() }) }, (w) =>
  w.output({ at: w.step('at', echo, { input: ({ input }) => input.at }) }, ({ at }) => at),
);

interface Input {
  readonly yes: boolean;
  readonly at: Date;
  readonly list: readonly number[];
}
const input = z.object({ yes: z.boolean(), at: z.date(), list: z.array(z.number()) });
const throws = (): never => {
  throw new RangeError('a mistake');
};
const compensating = { task: undo, input: ({ output }: { output: unknown }) => ({ what: String(output) }) };
const when = ({ input: { yes } }: { input: Input }) => yes;
const every = workflow({ id: 'every', version: 2, input }, (w) => {
  const stepped = w.step('step', echo, { when, input: ({ input: given }) => given.at, compensate: compensating });
  const inline = w.run('run', { needs: { stepped } }, (seen, ctx) => ({ after: seen.stepped, attempt: ctx.attempt }));
  const each = { over: ({ input: { list } }: { input: Input }) => list, input: (n: number) => ({ n }) };
  const all = w.each('all', echo, { when, ...each, compensate: compensating });
  const some = w.each('some', echo, {
    ...each,
    tolerate: 1,
    compensate: { task: undo, input: ({ output }) => ({ what: output.map(String).join() }) },
  });
  w.child('child', inner, { when, input: ({ input: { at } }) => ({ at }) });
  const approval = w.waitFor('approval', Approved, { when, timeout: 1 });
  const later = w.waitFor('later', Later, { timeout: 1 });
  const scan = w.waitForEvent('scan', Scanned, { key: ({ input: { list } }) => list[0] ?? 0, timeout: 1 });
  const nap = w.sleep('nap', { when, for: 1 });
  w.sleep('until', { until: ({ input: { at } }) => at });
  w.run('readers', { needs: { approval, later, scan, nap, some, all } }, (seen) => ({ ...seen, input: undefined }));
  w.step('careful', echo, {
    input: () => 1,
    compensate: { ...compensating, unknown: () => ({ what: 'what may have happened' }) },
  });
  w.step('stuck', echo, { input: () => 1, compensate: { task: undo, input: throws, unknown: throws } });
  w.step('bad-when', echo, { when: throws, input: () => 1 });
  w.each('bad-over', echo, { over: throws, input: () => 1 });
  w.each('no-list', echo, { over: () => 'abc' as never, input: () => 1 });
  w.each('bad-input', echo, { over: () => [1], input: throws });
  w.waitForEvent('bad-key', Scanned, { key: () => Number.NaN, timeout: 1 });
  w.sleep('bad-until', { until: () => new Date(Number.NaN) });
  w.step('promise', echo, { input: () => Promise.resolve(1) });
  return w.output({ inline }, () => throws());
});
const handlers = createHandlers([every]);

const given: Input = { yes: true, at: new Date(0), list: [1, 2] };
interface Carried {
  readonly role?: 'prepare' | 'item' | 'compensation';
  readonly input?: Partial<Input>;
  readonly needs?: object;
  /** As they come over the wire. */
  readonly more?: object;
  readonly name?: string;
  readonly type?: string;
}

function attemptOf(
  step: string,
  { role, input: some, needs = {}, more = {}, name = 'every', type = 'echo' }: Carried,
): Attempt {
  const workflowId = '00000000-0000-4000-8000-0000000000ff';
  const payload = { $mapped: true, input: encodeWire({ ...given, ...some }), needs: encodeWire(needs), ...more };
  const delivery: Partial<Delivery> = { type, payload, workflow: { workflowId, name, version: 2, step, role } };
  return new Attempt(aDelivery(1, delivery), 0, { log: recordingLog(), progressed: () => {}, unhandled: () => {} });
}
const carry = async (step: string, carried: Carried = {}): Promise<unknown> => handlers.run(attemptOf(step, carried));
const prepared = (step: string, some?: Partial<Input>): Promise<unknown> =>
  carry(step, { role: 'prepare', type: 'taskflow.prepare/every@2', input: some });
const failed =
  (code: string, ...naming: string[]) =>
  (error: unknown) =>
    error instanceof TerminalError && error.code === code && naming.every((part) => error.message.includes(part));

const leftToOthers = (error: unknown) => error instanceof RetryableError && error.code === 'definition_not_held';

describe('the work of a step', () => {
  it('is done where its condition holds', async () => {
    assert.deepEqual(await carry('step'), new Date(0));
    assert.equal(await carry('step', { input: { yes: false } }), skipped);
  });

  it('may stand in the definition itself', async () => {
    const at = new Date(7);
    assert.deepEqual(await carry('run', { needs: { stepped: at } }), { after: at, attempt: 1 });
    assert.deepEqual(await carry('run', { needs: { stepped: undefined } }), { after: undefined, attempt: 1 });
  });

  it('keeps undefined as its result, which is more than no result', async () => {
    const attempt = attemptOf('step', {});
    await handlers.run(attempt);
    assert.equal(attempt.write(undefined), '{"$taskflow":"undefined"}');
    assert.equal(attempt.write({ a: 1 }), '{"a":1}');
  });

  it('sees what waits brought as their schemas make it', async () => {
    const needs = { approval: { by: 'ana' }, later: { n: 1 }, scan: { id: 7 }, nap: null, some: [1], all: [null] };
    const seen = { approval: { by: 'ANA' }, later: 2, scan: { id: 7 }, nap: undefined, some: [1], all: [null] };
    assert.deepEqual(await carry('readers', { needs }), { ...seen, input: undefined });
  });

  it('sees undefined where a step was skipped, and where an item failed', async () => {
    const needs = { approval: undefined, later: undefined, scan: undefined, nap: undefined, all: undefined };
    const some = [1, null, { $taskflow: 'null' }, { $taskflow: 'undefined' }];
    const raw = attemptOf('readers', { needs });
    Object.assign((raw.delivery.payload as { needs: object }).needs, { some });
    assert.deepEqual(await handlers.run(raw), { ...needs, input: undefined, some: [1, undefined, null, undefined] });
  });

  it('fails for good when what a wait brought is refused by its schema', async () => {
    const needs = { approval: { by: 7 }, later: undefined, scan: undefined, nap: null, some: [], all: [] };
    await assert.rejects(carry('readers', { needs }), failed('invalid_input', 'approved', '/by'));
  });

  it('fails for good when a value is malformed', async () => {
    const needs = { stepped: { $taskflow: 'Date', value: 'tomorrow' } };
    await assert.rejects(carry('run', { more: { needs } }), failed('malformed_value'));
    const alone = aDelivery(1, { type: 'echo', payload: { $taskflow: 'nothing' } });
    const attempt = new Attempt(alone, 0, { log: recordingLog(), progressed: () => {}, unhandled: () => {} });
    assert.throws(() => handlers.run(attempt), failed('malformed_value'));
  });
});

describe('the preparation of a step', () => {
  it('gives the inputs of the items', async () => {
    assert.deepEqual(await prepared('all'), { items: [{ n: 1 }, { n: 2 }] });
    assert.deepEqual(await prepared('all', { list: [] }), { items: [] });
  });

  it('gives the input of a child, the key of an event and the instant of a sleep', async () => {
    assert.deepEqual(await prepared('child'), { input: { at: new Date(0) } });
    assert.deepEqual(await prepared('scan'), { key: 1 });
    assert.deepEqual(await prepared('until'), { until: '1970-01-01T00:00:00.000Z' });
  });

  it('gives nothing where only the condition was asked', async () => {
    assert.equal(await prepared('approval'), undefined);
    assert.equal(await prepared('nap'), undefined);
  });

  for (const step of ['all', 'child', 'approval', 'nap']) {
    it(`skips the step where its condition does not hold: ${step}`, async () => {
      assert.equal(await prepared(step, { yes: false }), skipped);
    });
  }
});

describe('an item of a fan-out', () => {
  const item = (step: string, payload: unknown): Attempt => {
    const { delivery } = attemptOf(step, { role: 'item' });
    const host = { log: recordingLog(), progressed: () => {}, unhandled: () => {} };
    return new Attempt({ ...delivery, payload }, 0, host);
  };

  it('gets its own input, even one that looks like a payload of a step', () => {
    assert.deepEqual(handlers.run(item('all', encodeWire({ at: given.at }))), { at: given.at });
    assert.deepEqual(handlers.run(item('all', { $mapped: true })), { $mapped: true });
  });

  it('tells null from having failed, where failing is tolerated', () => {
    const [tolerant, strict] = [item('some', null), item('all', null)];
    handlers.run(tolerant);
    handlers.run(strict);
    assert.deepEqual([tolerant.write(null), strict.write(null)], ['{"$taskflow":"null"}', 'null']);
    assert.equal(tolerant.write(undefined), '{"$taskflow":"undefined"}');
  });
});

describe('a compensation', () => {
  const compensated = (step: string, output: unknown): Promise<unknown> =>
    carry(step, { role: 'compensation', type: 'undo', more: { output } });
  const unknown = { $taskflow: 'unknown' };

  it('gets what the step returned', async () => {
    assert.equal(await compensated('step', encodeWire(new Date(0))), `undone ${String(new Date(0))}`);
    assert.equal(await compensated('careful', 'x'), 'undone x');
  });

  it('gets the places of failed items as undefined', async () => {
    assert.equal(await compensated('some', [1, null, { $taskflow: 'null' }]), 'undone 1,undefined,null');
  });

  it('gets undefined where the outcome is unknown, unless the step says what it gets then', async () => {
    assert.equal(await compensated('step', unknown), 'undone undefined');
    assert.equal(await compensated('careful', unknown), 'undone what may have happened');
  });

  it('takes undefined for an outcome where the step returned it', async () => {
    assert.equal(await compensated('careful', { $taskflow: 'undefined' }), 'undone undefined');
  });

  it('fails for good when its mapping throws, by name', async () => {
    await assert.rejects(compensated('stuck', 1), failed('mapping_failed', '"compensate.input" of step "stuck"'));
    await assert.rejects(
      compensated('stuck', unknown),
      failed('mapping_failed', '"compensate.unknown" of step "stuck"'),
    );
  });

  it('is not there for a step without one', async () => {
    await assert.rejects(compensated('run', 1), leftToOthers);
  });
});

describe('a mapping that fails', () => {
  for (const [step, name, reason] of [
    ['bad-over', 'over', 'threw: a mistake'],
    ['no-list', 'over', 'no list'],
    ['bad-input', 'input', 'threw: a mistake'],
    ['bad-key', 'key', 'a text of 1 to 500'],
    ['bad-until', 'until', 'no valid Date'],
  ] as const) {
    it(`is named: ${name} of ${step}`, async () => {
      await assert.rejects(prepared(step), failed('mapping_failed', `"${name}" of step "${step}"`, reason));
    });
  }

  it('is named: when, output', async () => {
    await assert.rejects(carry('bad-when'), failed('mapping_failed', '"when" of step "bad-when"'));
    await assert.rejects(carry('$output', { needs: { inline: 1 } }), failed('mapping_failed', '"output"'));
  });

  it('is one that answers later', async () => {
    await assert.rejects(carry('promise'), failed('mapping_failed', '"input" of step "promise"', 'a promise'));
  });
});

describe('a worker that holds a workflow', () => {
  it('holds the workflows that it starts, and the tasks that undo its steps', () => {
    assert.deepEqual(handlers.workflows, [inner, every]);
    assert.deepEqual(handlers.types.toSorted(), [
      'echo',
      'taskflow.fail',
      'taskflow.noop',
      'taskflow.output/every@2',
      'taskflow.output/inner@3',
      'taskflow.prepare/every@2',
      'taskflow.run/every@2',
      'taskflow.sleep',
      'undo',
    ]);
    for (const definition of [every, inner, echo, undo]) assert.ok(handlers.holds(definition));
    assert.equal(handlers.holds(task({ id: 'echo', run: () => 1 })), false);
  });

  it('leaves what it does not hold to another one, whatever the role', async () => {
    for (const role of [undefined, 'prepare', 'compensation'] as const) {
      await assert.rejects(carry('gone', { role }), leftToOthers);
    }
  });

  it('leaves work to others that its own definition has in another kind', async () => {
    await assert.rejects(carry('child'), leftToOthers);
  });
});
