import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setDatabaseOffset } from '@taskflow/kit-testing';
import { instantMs, systemIds } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';

const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});
const sleep = (key: string, dependsOn: string[] = [], ms = 3_600_000): StepDefinition => ({
  key,
  dependsOn,
  sleep: { for: ms },
});
const signal = (key: string, name: string, dependsOn: string[] = []): StepDefinition => ({
  key,
  dependsOn,
  waitForSignal: { signal: name, timeout: 60_000 },
});
const event = (key: string, name: string, eventKey: unknown, dependsOn: string[] = []): StepDefinition => ({
  key,
  dependsOn,
  waitForEvent: { event: name, key: eventKey, timeout: 60_000 },
});
const reads = (from: string, fallback?: unknown) =>
  fallback === undefined ? { $from: from } : { $from: from, default: fallback };

for (const { title, forgets } of memories) {
  describe(`conditions ${title}`, () => {
    let w: WorkflowHarness;
    before(async () => {
      w = await openWorkflows({ forgets });
    });
    after(() => w[Symbol.asyncDispose]());

    const payload = async (workflow: Started, key: string) => JSON.parse((await w.row(workflow, key)).payload);

    test('skip a step and what reads it, and let the others run', async () => {
      const steps = [
        work('a'),
        work('b', ['a'], { when: { value: reads('steps.a.result.n'), greaterThan: 5 } }),
        work('reader', ['b'], { payload: reads('steps.b.result') }),
        work('defaulted', ['b'], { payload: { b: reads('steps.b.result', 'none') } }),
        work('follower', ['b']),
      ];
      const workflow = await w.start({ steps });
      w.news();
      await w.apply(w.completed(workflow, 'a', { n: 3 }));
      assert.deepEqual(w.news(), [
        'workflow.step-skipped b',
        'workflow.step-skipped reader',
        'task.created defaulted',
        'task.created follower',
      ]);
      assert.deepEqual(await payload(workflow, 'defaulted'), { b: 'none' });
      await w.apply(w.completed(workflow, 'defaulted'), w.completed(workflow, 'follower', 1));
      const { status, output } = await w.header(workflow);
      assert.deepEqual(
        [status, JSON.parse(output ?? '')],
        ['completed', { reader: null, defaulted: null, follower: 1 }],
      );
    });

    test('of first steps are decided by the input', async () => {
      const workflow = await w.start(
        { steps: [work('a', [], { when: reads('input.go') }), work('b', [], { when: reads('input.stay') })] },
        { go: true },
      );
      assert.deepEqual(await w.rows(workflow), ['a queued', 'b skipped']);
      const none = await w.start({ steps: [work('a', [], { when: reads('input.go') })] }, {});
      assert.equal(await w.status(none), 'completed');
    });

    test('hold, and the step runs', async () => {
      const workflow = await w.start({
        steps: [work('a'), work('b', ['a'], { when: { value: reads('steps.a.result'), equals: 'yes' } })],
      });
      await w.apply(w.completed(workflow, 'a', 'yes'));
      assert.deepEqual(await w.rows(workflow), ['a completed', 'b queued']);
    });

    test('are not asked for in a step whose worker finds nothing to do', async () => {
      const workflow = await w.start({ steps: [work('a'), work('b', ['a'], { payload: reads('steps.a.result') })] });
      w.news();
      await w.apply(w.skipped(workflow, 'a'));
      assert.deepEqual(w.news(), ['workflow.step-skipped a', 'workflow.step-skipped b', 'workflow.completed']);
    });

    test('a failure that is tolerated reads as no result', async () => {
      const workflow = await w.start({
        steps: [
          work('a', [], { onError: 'continue' }),
          work('b', ['a'], { payload: reads('steps.a.result', 0) }),
          work('missing', [], { onError: 'continue', payload: { x: reads('input.x', 1) } }),
        ],
      });
      await w.apply(w.failed(workflow, 'a'));
      assert.deepEqual(await w.rows(workflow), ['a failed', 'b queued', 'missing queued']);
      await w.apply(w.completed(workflow, 'b'), w.failed(workflow, 'missing'));
      assert.equal(await w.status(workflow), 'completed');
    });

    test('a step that cannot begin and is tolerated does not end the workflow', async () => {
      const steps = [
        work('a'),
        work('b', ['a'], { payload: reads('steps.a.result.no.such'), onError: 'continue' }),
        work('c', ['b']),
      ];
      const workflow = await w.start({ steps });
      await w.apply(w.completed(workflow, 'a', {}));
      assert.deepEqual(await w.rows(workflow), ['a completed', 'b failed', 'c queued']);
      await w.apply(w.completed(workflow, 'c'));
      assert.equal(await w.status(workflow), 'completed');
    });
  });

  describe(`waits ${title}`, () => {
    let w: WorkflowHarness;
    before(async () => {
      w = await openWorkflows({ forgets });
    });
    after(() => w[Symbol.asyncDispose]());

    const waitsOf = (workflow: Started) =>
      w.storage.sql<{ step: string; due_at: number }>('select * from waits where workflow_id = $1', [workflow.id]);
    const send = (workflow: Started, name: string, payload = 'null') =>
      w.command(workflow, { kind: 'signal-workflow', signal: name, payload });
    const publish = async (name: string, key: string, payload = 'null') => {
      const outcome = await w.storage.advance.submit({ kind: 'publish-event', tenantId: tenant, name, key, payload });
      return outcome.kind === 'matched' ? outcome.matched : outcome;
    };

    test('a step sleeps, the workflow waits, and goes on when the time has come', async () => {
      const workflow = await w.start({ steps: [work('a'), sleep('nap', ['a']), work('b', ['nap'])] });
      const from = Date.now();
      w.news();
      await w.apply(w.completed(workflow, 'a'));
      assert.deepEqual(w.news(), ['workflow.step-waiting nap']);
      assert.deepEqual(await w.rows(workflow), ['a completed', 'nap scheduled']);
      assert.equal(await w.status(workflow), 'waiting');
      const [wait] = await waitsOf(workflow);
      assert.ok(Math.abs((wait?.due_at ?? 0) - from - 3_600_000) < 60_000);
      const reported = instantMs(String(w.reported('workflow.step-waiting').at(-1)?.until));
      assert.ok(Math.abs(reported - (wait?.due_at ?? 0)) < 60_000);
      await w.elapse(workflow);
      assert.deepEqual(w.news(), ['workflow.step-settled nap', 'task.created b']);
      assert.equal(await w.status(workflow), 'running');
      assert.deepEqual(await waitsOf(workflow), []);
    });

    test('a span is counted by the clock that ends it, whatever the clock of this process says', async () => {
      const ahead = 5 * 3_600_000;
      await setDatabaseOffset(w.storage.database, ahead);
      try {
        const workflow = await w.start({ steps: [sleep('first'), work('a'), sleep('nap', ['a'])] });
        await w.apply(w.completed(workflow, 'a'));
        for (const { step, due_at: due } of await waitsOf(workflow)) {
          assert.ok(Math.abs(due - Date.now() - ahead - 3_600_000) < 60_000, `${step} is over at ${due}`);
        }
        const named = await w.start({ steps: [{ key: 's', sleep: { until: '2999-01-01T00:00:00Z' } }] });
        const [wait] = await waitsOf(named);
        assert.equal(wait?.due_at, Date.UTC(2999, 0, 1));
      } finally {
        await setDatabaseOffset(w.storage.database, 0);
      }
    });

    test('a wait that is not due yet is not ended', async () => {
      const workflow = await w.start({ steps: [sleep('nap')] });
      const due = { tenantId: tenant, workflowId: workflow.id, step: 'nap' };
      await w.storage.advance.submit({ kind: 'fire-waits', waits: [due] });
      assert.equal(await w.status(workflow), 'waiting');
      await w.elapse(workflow);
      await w.storage.advance.submit({ kind: 'fire-waits', waits: [due] });
      assert.equal(await w.status(workflow), 'completed');
    });

    test('a first step waits from the start, and shows so', async () => {
      w.news();
      const workflow = await w.start({ steps: [signal('ok', 'approved'), sleep('nap')] });
      assert.deepEqual(w.news(), ['workflow.started', 'workflow.step-waiting ok', 'workflow.step-waiting nap']);
      assert.deepEqual(await w.rows(workflow), ['nap scheduled', 'ok running']);
      assert.equal(await w.status(workflow), 'waiting');
    });

    test('an instant that has passed, or is none, ends the sleep at once or fails it', async () => {
      const until = (value: unknown): StepDefinition => ({ key: 's', sleep: { until: value } });
      const past = await w.start({ steps: [until('2020-01-01T00:00:00Z')] });
      assert.equal(await w.status(past), 'completed');
      const broken = await w.start({ steps: [until(reads('input'))] }, 'tomorrow');
      const { status, error } = await w.header(broken);
      assert.deepEqual([status, JSON.parse(error ?? '').code], ['failed', 'invalid_instant']);
    });

    test('a signal ends the wait for it with its payload', async () => {
      const workflow = await w.start({
        steps: [signal('ok', 'approved'), work('b', ['ok'], { payload: reads('steps.ok.result.by') })],
      });
      w.news();
      assert.deepEqual(await send(workflow, 'approved', '{"by":"ann"}'), { kind: 'granted' });
      assert.deepEqual(w.news(), ['workflow.step-settled ok', 'task.created b']);
      assert.equal((await w.row(workflow, 'b')).payload, '"ann"');
      assert.equal((await w.row(workflow, 'ok')).result, '{"by":"ann"}');
    });

    test('signals that come before the wait are kept and given in their order, one to each', async () => {
      const workflow = await w.start({
        steps: [
          work('a'),
          signal('first', 'go', ['a']),
          signal('second', 'go', ['first']),
          signal('third', 'go', ['second']),
        ],
      });
      await send(workflow, 'go', '1');
      await Promise.all([send(workflow, 'go', '2'), w.apply(w.completed(workflow, 'a'))]);
      assert.deepEqual(await w.rows(workflow), ['a completed', 'first completed', 'second completed', 'third running']);
      assert.deepEqual([(await w.row(workflow, 'first')).result, (await w.row(workflow, 'second')).result], ['1', '2']);
      await send(workflow, 'go', '3');
      assert.equal(await w.status(workflow), 'completed');
      assert.deepEqual(await w.storage.sql('select * from signals where workflow_id = $1', [workflow.id]), []);
    });

    test('a signal goes to the step that waits longest', async () => {
      const workflow = await w.start({
        steps: [work('a'), signal('late', 'go', ['a']), signal('early', 'go'), work('end', ['late', 'early'])],
      });
      await w.apply(w.completed(workflow, 'a'));
      await send(workflow, 'go', '1');
      assert.deepEqual(await w.rows(workflow), ['a completed', 'early completed', 'late running']);
    });

    test('signals that nobody will wait for are refused', async () => {
      const workflow = await w.start({ steps: [signal('ok', 'approved')] });
      const stranger = await send(workflow, 'approve');
      assert.deepEqual(stranger, {
        kind: 'refused',
        refusal: 'signal_not_expected',
        status: 'waiting',
        names: ['approved'],
      });
      await send(workflow, 'approved');
      const late = await send(workflow, 'approved');
      assert.deepEqual(late, { kind: 'refused', refusal: 'already_finished', status: 'completed' });
      assert.deepEqual(await send({ ...workflow, id: systemIds.next() }, 'approved'), { kind: 'not-found' });
    });

    test('at most a hundred signals are kept', async () => {
      const workflow = await w.start({ steps: [work('a'), signal('ok', 'go', ['a'])] });
      const outcomes = await Promise.all(Array.from({ length: 101 }, () => send(workflow, 'go')));
      const refused = outcomes.filter(({ kind }) => kind === 'refused');
      assert.deepEqual(refused, [{ kind: 'refused', refusal: 'too_many_signals', status: 'running' }]);
    });

    test('a signal that is sent again under its key is one signal', async () => {
      const workflow = await w.start({ steps: [work('a'), signal('x', 'go', ['a']), signal('y', 'go', ['x'])] });
      const key = `k-${workflow.id}`;
      const sendAgain = (payload: string) =>
        w.command(workflow, {
          kind: 'signal-workflow',
          signal: 'go',
          payload,
          claim: {
            tenantId: tenant,
            route: 'signals',
            key,
            fingerprint: Buffer.from(payload),
            subjectIds: [workflow.id],
            createdAt: 0,
          },
        });
      const both = await Promise.all([sendAgain('1'), sendAgain('1')]);
      assert.deepEqual([...both, await sendAgain('1')], Array(3).fill({ kind: 'granted' }));
      assert.equal(((await sendAgain('2')) as { refusal?: string }).refusal, 'key_mismatch');
      await w.apply(w.completed(workflow, 'a'));
      assert.deepEqual(await w.rows(workflow), ['a completed', 'x completed', 'y running']);
    });

    test('a signal that does not come fails the step', async () => {
      const workflow = await w.start({ steps: [signal('ok', 'approved'), work('b', ['ok'])] });
      await w.elapse(workflow);
      const { status, error, failed_step } = await w.header(workflow);
      assert.deepEqual([status, failed_step, JSON.parse(error ?? '').code], ['failed', 'ok', 'wait_timed_out']);
      assert.deepEqual(await w.rows(workflow), ['ok failed']);
      assert.deepEqual(w.reported('workflow.step-settled').at(-1)?.error, JSON.parse(error ?? ''));
    });

    test('an event ends every wait for its name and key, and no other', async () => {
      const steps = [
        event('paid', 'payment', reads('input.order')),
        work('b', ['paid'], { payload: reads('steps.paid.result') }),
      ];
      const [one, two, other] = [
        await w.start({ steps }, { order: 7 }),
        await w.start({ steps }, { order: '7' }),
        await w.start({ steps }, { order: 8 }),
      ];
      assert.equal(await publish('payment', '7', '{"sum":1}'), 2);
      assert.deepEqual(await w.rows(one), ['b queued', 'paid completed']);
      assert.deepEqual(await w.rows(two), ['b queued', 'paid completed']);
      assert.deepEqual(await w.rows(other), ['paid running']);
      assert.equal((await w.row(two, 'b')).payload, '{"sum":1}');
      assert.equal(await publish('payment', '7'), 0, 'it is not kept');
      assert.deepEqual(
        await Promise.all([publish('payment', '8'), publish('payment', '8'), publish('refund', '8')]),
        [1, 0, 0],
      );
    });

    test('an event of another tenant ends nothing', async () => {
      const workflow = await w.start({ steps: [event('paid', 'payment', 'mine')] });
      const tenantId = '11111111-1111-4111-8111-111111111111';
      const foreign = { kind: 'publish-event', tenantId, name: 'payment', key: 'mine', payload: 'null' } as const;
      assert.deepEqual(await w.storage.advance.submit(foreign), { kind: 'matched', matched: 0 });
      assert.equal(await w.status(workflow), 'waiting');
    });

    test('a failure elsewhere ends the waits', async () => {
      const workflow = await w.start({ steps: [work('a'), sleep('nap'), signal('ok', 'go'), event('e', 'x', 'y')] });
      await w.apply(w.failed(workflow, 'a'));
      assert.deepEqual(await w.rows(workflow), ['a failed', 'e cancelled', 'nap cancelled', 'ok cancelled']);
      assert.deepEqual(await waitsOf(workflow), []);
      assert.equal(await w.status(workflow), 'failed');
    });

    test('a cancel ends the waits, and with them the workflow', async () => {
      const workflow = await w.start({ steps: [sleep('nap'), work('b', ['nap'])] });
      assert.deepEqual(await w.command(workflow, { kind: 'cancel-workflow', reason: 'no' }), { kind: 'granted' });
      assert.equal(await w.status(workflow), 'cancelled');
      assert.deepEqual(await w.rows(workflow), ['nap cancelled']);
      assert.deepEqual(await waitsOf(workflow), []);
    });

    test('a task that only waits takes no command of its own', async () => {
      const workflow = await w.start({ steps: [sleep('nap')] });
      const taskId = workflow.task('nap');
      const outcome = await w.storage.advance.submit({
        kind: 'command-task',
        tenantId: tenant,
        taskId,
        command: { kind: 'cancel' },
      });
      const refused = { kind: 'refused', refusal: 'not_available', status: 'scheduled', workflowId: workflow.id };
      assert.deepEqual(outcome, refused);
    });

    test('steps that are prepared wait for what their worker worked out', async () => {
      const steps: StepDefinition[] = [
        { key: 'nap', sleep: {}, mapped: true, payload: { n: 1 } },
        { key: 'paid', waitForEvent: { event: 'payment', timeout: 1_000 }, mapped: true },
        { key: 'ok', waitForSignal: { signal: 'go', timeout: 1_000 }, mapped: true },
        { key: 'none', sleep: {}, mapped: true },
      ];
      await w.register('mapped', { steps });
      const workflow = await w.start('mapped');
      assert.deepEqual(
        await w.rows(workflow),
        ['nap', 'none', 'ok', 'paid'].map((key) => `${key}/prepare queued`),
      );
      const created = w.reported('task.created').find(({ taskId }) => taskId === workflow.task('nap/prepare'));
      assert.deepEqual(
        [created?.type, created?.definition, created?.workflow],
        [
          'taskflow.prepare/mapped@1',
          'mapped@1',
          { workflowId: workflow.id, name: 'mapped', version: 1, step: 'nap', role: 'prepare' },
        ],
      );
      await w.apply(
        w.completed(workflow, 'nap/prepare', { until: '2100-01-01T00:00:00Z' }),
        w.completed(workflow, 'paid/prepare', { key: 12 }),
        w.completed(workflow, 'ok/prepare', {}),
        w.skipped(workflow, 'none/prepare'),
      );
      assert.deepEqual(
        (await w.rows(workflow)).filter((row) => !row.includes('/')),
        ['nap scheduled', 'ok running', 'paid running'],
      );
      assert.equal(await publish('payment', '12', '5'), 1);
      await send(workflow, 'go');
      await w.elapse(workflow);
      assert.equal(await w.status(workflow), 'completed');
    });

    test('a preparation that fails, or gives nothing to go by, fails its step', async () => {
      await w.register('unprepared', { steps: [{ key: 'nap', sleep: {}, mapped: true }] });
      const failed = await w.start('unprepared');
      await w.apply(w.failed(failed, 'nap/prepare'));
      const header = await w.header(failed);
      assert.deepEqual([header.status, JSON.parse(header.error ?? '').code], ['failed', 'broken']);
      const empty = await w.start('unprepared');
      await w.apply(w.completed(empty, 'nap/prepare', {}));
      assert.equal(JSON.parse((await w.header(empty)).error ?? '').code, 'invalid_instant');
      assert.deepEqual(await w.rows(empty), ['nap failed', 'nap/prepare completed']);
    });
  });
}

for (const { title, forgets } of memories) {
  describe(`an event that more wait for than one transaction ends, of workflows ${title}`, () => {
    const eventWaits = 3;
    /** Each waits for the event, and then for the next one of the same name. */
    const twice = [event('first', 'approved', 'k'), event('second', 'approved', 'k', ['first'])];
    const begin = async (w: WorkflowHarness, count: number) => {
      const workflows: Started[] = [];
      for (let i = 0; i < count; i += 1) workflows.push(await w.start({ steps: twice }));
      return workflows;
    };
    const publish = (w: WorkflowHarness, payload: string) =>
      w.storage.advance.submit({ kind: 'publish-event', tenantId: tenant, name: 'approved', key: 'k', payload });
    const resultsOf = async (w: WorkflowHarness, step: string) =>
      (
        await w.storage.sql<{ result: string | null }>('select result from tasks where step = $1 order by id', [step])
      ).map(({ result }) => result);
    const under = (w: WorkflowHarness) => w.storage.sql('select * from event_deliveries');

    for (const count of [eventWaits, eventWaits + 1, 3 * eventWaits, 3 * eventWaits + 1]) {
      test(`ends one wait of each of ${count}, in pages of ${eventWaits}`, async () => {
        await using w = await openWorkflows({ forgets, bounds: { eventWaits } });
        const workflows = await begin(w, count);
        const before = w.storage.records.length;
        assert.deepEqual(await publish(w, '1'), { kind: 'matched', matched: count });
        assert.equal(
          (await resultsOf(w, 'first')).filter((result) => result === '1').length,
          Math.min(count, eventWaits),
        );
        await w.deliver();
        assert.ok(w.storage.records.length - before >= Math.ceil(count / eventWaits));
        assert.deepEqual(await resultsOf(w, 'first'), Array(count).fill('1'));
        assert.deepEqual(await resultsOf(w, 'second'), Array(count).fill(null));
        assert.deepEqual(await under(w), []);
        assert.equal(await w.status(workflows[0] as Started), 'waiting');
        assert.deepEqual(await publish(w, '2'), { kind: 'matched', matched: count });
        await w.deliver();
        assert.deepEqual(await resultsOf(w, 'second'), Array(count).fill('2'));
      });
    }

    test('goes on after an interruption, and meets nothing that began to wait after it came', async () => {
      await using w = await openWorkflows({ forgets, bounds: { eventWaits } });
      await begin(w, 5);
      await publish(w, '1');
      const [late] = await begin(w, 1);
      w.storage.cache.clear();
      await w.deliver();
      assert.equal((await resultsOf(w, 'first')).filter((result) => result === '1').length, 5);
      assert.deepEqual(await w.rows(late as Started), ['first running']);
    });

    test('takes no wait from an earlier one that has not met it yet', async () => {
      await using w = await openWorkflows({ forgets, bounds: { eventWaits } });
      await begin(w, 5);
      assert.deepEqual(await publish(w, '1'), { kind: 'matched', matched: 5 });
      const second = await publish(w, '2');
      await w.deliver();
      assert.deepEqual(await resultsOf(w, 'first'), Array(5).fill('1'));
      const met = (await resultsOf(w, 'second')).filter((result) => result === '2').length;
      assert.deepEqual(second, { kind: 'matched', matched: met });
      assert.equal(met, eventWaits, 'those that waited again when it came');
    });

    test('carries no more bytes in one transaction than a transaction may', async () => {
      await using w = await openWorkflows({ forgets, bounds: { bytes: 2_000 } });
      await begin(w, 5);
      await publish(w, JSON.stringify('x'.repeat(500)));
      assert.equal((await resultsOf(w, 'first')).filter((result) => result !== null).length, 1);
      await w.deliver();
      assert.equal((await resultsOf(w, 'first')).filter((result) => result !== null).length, 5);
    });
  });
}
