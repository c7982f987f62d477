import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tenant } from '../../../testing/execution-double.ts';
import { plantBug, readMembers, refusing } from '../../../testing/poison.ts';
import { memories, openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { StepDefinition } from '../../domain/workflow/graph.ts';

const work = (key: string, dependsOn: string[] = [], rest: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  ...rest,
});
/** Graphs of equal shape that are not equal: a bug in one of them is not one in the other. */
const chain = (mark: string) => ({ steps: [work('a', [], { payload: mark }), work('b', ['a']), work('c', ['b'])] });
const result = { $from: 'steps.a.result' };
const reading = (mark: string) => ({
  steps: [work('a', [], { payload: mark }), work('b', ['a'], { payload: result })],
});

async function stuckOf(w: WorkflowHarness, workflow: Started) {
  const [row] = await w.storage.sql<Record<string, unknown>>(
    'select status, stuck_from, stuck_error, stuck_at is not null as since from workflows where id = $1',
    [workflow.id],
  );
  return row;
}

async function assertStuck(w: WorkflowHarness, workflow: Started, message: RegExp, from = 'running'): Promise<void> {
  const row = await stuckOf(w, workflow);
  assert.deepEqual([row?.status, row?.stuck_from, row?.since], ['stuck', from, true]);
  assert.match(String(row?.stuck_error), message);
}

async function keptFor(w: WorkflowHarness, workflow: Started): Promise<string[]> {
  const rows = await w.storage.sql<{ kind: string }>(
    'select kind from kept_inputs where workflow_id = $1 order by number',
    [workflow.id],
  );
  return rows.map(({ kind }) => kind);
}

async function position(w: WorkflowHarness): Promise<number> {
  const [row] = await w.storage.sql<{ seq: number }>('select max(seq)::int4 as seq from positions');
  return row?.seq ?? 0;
}

for (const { title, forgets } of memories) {
  describe(`a workflow that our own code cannot move on, ${title}`, () => {
    for (const member of [readMembers.named, readMembers.unnamed]) {
      test(`is parked with its error, whoever can be named (${member}), and the others go on`, async () => {
        await using w = await openWorkflows({ forgets });
        const healthy = [await w.start(reading('1')), await w.start(reading('1'))];
        const sick = await w.start(reading('2'));
        const bug = await plantBug(w, sick, 'b', member);
        const [first, last] = healthy as [Started, Started];
        await w.apply(w.completed(first, 'a', 1), w.completed(sick, 'a', 2), w.completed(last, 'a', 3));
        await assertStuck(w, sick, /Maximum call stack size exceeded. Retry or cancel it/);
        assert.deepEqual(await w.rows(sick), ['a completed']);
        for (const one of healthy) assert.deepEqual(await w.rows(one), ['a completed', 'b queued']);
        assert.equal(await position(w), 1);
        assert.deepEqual(await keptFor(w, sick), ['row']);

        bug.mend();
        assert.deepEqual(await w.command(sick, { kind: 'retry-workflow' }), { kind: 'granted' });
        assert.equal(await w.status(sick), 'running');
        assert.equal((await w.row(sick, 'b')).payload, '2');
        assert.deepEqual(await keptFor(w, sick), []);
        await w.apply(w.completed(sick, 'b', 'end'));
        assert.equal(await w.status(sick), 'completed');
        assert.deepEqual(await stuckOf(w, sick), {
          status: 'completed',
          stuck_from: null,
          stuck_error: null,
          since: false,
        });
      });
    }

    test('has what its tasks report settled on them while it is stuck, and decides it in order when it goes on', async () => {
      await using w = await openWorkflows({ forgets });
      const steps = [work('a'), work('x'), work('y'), work('b', ['a']), work('z', ['x', 'y'], { payload: 'z' })];
      const sick = await w.start({ steps, output: 'z' });
      const bug = await plantBug(w, sick, 'b');
      await w.apply(w.completed(sick, 'a', 'A'));
      await w.apply(w.completed(sick, 'x', 'X'));
      await w.apply(w.completed(sick, 'y', 'Y'));
      assert.deepEqual(await w.rows(sick), ['a completed', 'x completed', 'y completed']);
      assert.equal((await w.row(sick, 'y')).result, '"Y"');
      assert.deepEqual(await keptFor(w, sick), ['row', 'row', 'row']);
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      assert.deepEqual(await w.rows(sick), ['a completed', 'b queued', 'x completed', 'y completed', 'z queued']);
      await w.apply(w.completed(sick, 'b'), w.completed(sick, 'z', 'Z'));
      assert.equal((await w.header(sick)).output, '"Z"');
    });

    test('that is a parent is the one to be parked: its child has ended well', async () => {
      await using w = await openWorkflows({ forgets });
      await w.register('sub', { steps: [work('inner')] });
      const parent = await w.start({ steps: [{ key: 'sub', child: { definition: 'sub' } }, work('b', ['sub'])] });
      const bug = await plantBug(w, parent, 'b');
      const child = w.childOf(parent, 'sub');
      await w.apply(w.completed(child, 'inner', 5));
      assert.equal(await w.status(child), 'completed');
      await assertStuck(w, parent, /call stack/, 'waiting');
      assert.deepEqual(await keptFor(w, parent), ['child']);
      bug.mend();
      await w.command(parent, { kind: 'retry-workflow' });
      await w.apply(w.completed(parent, 'b', 'after'));
      assert.equal((await w.header(parent)).output, '{"b":"after"}');
    });

    test('that is a child is parked, and its parent visibly waits for it until it is given up', async () => {
      await using w = await openWorkflows({ forgets });
      await w.register('sub', { steps: [work('inner'), work('next', ['inner'])] });
      const parent = await w.start({ steps: [{ key: 'sub', child: { definition: 'sub' } }] });
      const child = w.childOf(parent, 'sub');
      await plantBug(w, child, 'next');
      await w.apply(w.completed(child, 'inner'));
      assert.deepEqual([await w.status(child), await w.status(parent)], ['stuck', 'waiting']);
      assert.deepEqual(await w.command(child, { kind: 'cancel-workflow', reason: 'enough' }), { kind: 'granted' });
      assert.equal(await w.status(child), 'cancelled');
      assert.equal(await w.status(parent), 'failed');
      assert.match(String((await w.header(parent)).error), /child_failed/);
    });

    for (const member of Object.values(readMembers)) {
      test(`whose child cannot start (${member}) is the one to be parked: the child is not there`, async () => {
        await using w = await openWorkflows({ forgets });
        await w.register('sub', { steps: [work('inner')] });
        const parent = await w.start({
          steps: [work('a'), { key: 'sub', child: { definition: 'sub' }, dependsOn: ['a'] }],
        });
        const other = await w.start({ steps: [work('a', [], { payload: 'other' }), work('b', ['a'])] });
        const lost = await w.start({ steps: [{ key: 'sub', child: { definition: 'sub' } }] });
        const bug = await plantBug(w, w.childOf(lost, 'sub'), 'inner', member);
        await w.apply(w.completed(parent, 'a'), w.completed(other, 'a'));
        await assertStuck(w, parent, /call stack/);
        assert.deepEqual(await w.rows(parent), ['a completed']);
        assert.deepEqual(await w.rows(other), ['a completed', 'b queued']);
        bug.mend();
        await w.command(parent, { kind: 'retry-workflow' });
        assert.equal(await w.status(w.childOf(parent, 'sub')), 'running');
      });
    }

    test('keeps no event from the others that wait for it', async () => {
      await using w = await openWorkflows({ forgets });
      const waiting = (mark: string) => ({
        steps: [
          { key: 'paid', waitForEvent: { event: 'paid', key: 'k', timeout: 1_000_000 } },
          work('b', ['paid'], { payload: { mark, is: { $from: 'steps.paid.result' } } }),
        ],
      });
      const sick = await w.start(waiting('sick'));
      const healthy = await w.start(waiting('healthy'));
      const bug = await plantBug(w, sick, 'b');
      const event = { kind: 'publish-event', tenantId: tenant, name: 'paid', key: 'k', payload: '7' } as const;
      assert.deepEqual(await w.storage.advance.submit(event), { kind: 'matched', matched: 2 });
      assert.equal((await w.row(healthy, 'b')).payload, '{"mark":"healthy","is":7}');
      await assertStuck(w, sick, /call stack/, 'waiting');
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      assert.equal((await w.row(sick, 'b')).payload, '{"mark":"sick","is":7}');
    });

    test('keeps no sleep of others from its end, and its own is over when it goes on', async () => {
      await using w = await openWorkflows({ forgets });
      const sleeping = (mark: string) => ({
        steps: [{ key: 'nap', sleep: { for: 1_000_000 } }, work('b', ['nap'], { payload: mark })],
      });
      const sick = await w.start(sleeping('sick'));
      const healthy = await w.start(sleeping('healthy'));
      const bug = await plantBug(w, sick, 'b', readMembers.unnamed);
      await w.storage.sql("update waits set due_at = now() - interval '1 second'");
      await w.fire();
      assert.deepEqual(await w.rows(healthy), ['b queued', 'nap completed']);
      await assertStuck(w, sick, /call stack/, 'waiting');
      assert.deepEqual(await keptFor(w, sick), ['wait']);
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      assert.deepEqual(await w.rows(sick), ['b queued', 'nap completed']);
    });

    test('refuses a signal that it cannot take, by name, and is not parked for it', async () => {
      await using w = await openWorkflows({ forgets });
      const workflow = await w.start({
        steps: [
          { key: 'ok', waitForSignal: { signal: 'go', timeout: 1_000_000 } },
          work('b', ['ok'], { payload: { $from: 'steps.ok.result' } }),
        ],
      });
      const bug = await plantBug(w, workflow, 'b');
      const signal = { kind: 'signal-workflow', signal: 'go', payload: '1' } as const;
      const refused = await w.command(workflow, signal);
      assert.deepEqual(refused, {
        kind: 'refused',
        refusal: 'cannot_apply',
        status: 'waiting',
        reason: 'Maximum call stack size exceeded',
      });
      assert.equal(await w.status(workflow), 'waiting');
      bug.mend();
      assert.deepEqual(await w.command(workflow, signal), { kind: 'granted' });
      assert.equal((await w.row(workflow, 'b')).payload, '1');
    });

    test('keeps signals while it is stuck, each once, and hands them on when it goes on', async () => {
      await using w = await openWorkflows({ forgets });
      const sick = await w.start({
        steps: [
          work('a'),
          work('b', ['a']),
          { key: 'ok', waitForSignal: { signal: 'go', timeout: 1_000_000 }, dependsOn: ['a'] },
          work('c', ['ok'], { payload: { $from: 'steps.ok.result' } }),
        ],
      });
      const bug = await plantBug(w, sick, 'b');
      await w.apply(w.completed(sick, 'a'));
      const claim = {
        tenantId: tenant,
        route: 'r',
        key: 'once',
        fingerprint: Buffer.from('f'),
        subjectIds: [sick.id],
        createdAt: 0,
      };
      const signal = { kind: 'signal-workflow', signal: 'go', payload: '"now"', claim } as const;
      assert.deepEqual(await w.command(sick, signal), { kind: 'granted' });
      assert.deepEqual(await w.command(sick, signal), { kind: 'granted' });
      assert.deepEqual(await keptFor(w, sick), ['row', 'signal']);
      await w.storage.sql(
        "insert into kept_inputs (tenant_id, workflow_id, kind, input) select $1::uuid, $2::uuid, 'signal', '{}' from generate_series(1, 99)",
        [tenant, sick.id],
      );
      const more = await w.command(sick, { kind: 'signal-workflow', signal: 'go', payload: '2' });
      assert.equal(more.kind === 'refused' && more.refusal, 'too_many_signals');
      await w.storage.sql("delete from kept_inputs where input = '{}'");
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      assert.equal((await w.row(sick, 'c')).payload, '"now"');
    });

    test('decides what was kept in the order in which it came', async () => {
      await using w = await openWorkflows({ forgets });
      const waiting = (key: string, after: string): StepDefinition => ({
        key,
        waitForSignal: { signal: 'go', timeout: 1_000_000 },
        dependsOn: [after],
      });
      const read = ['first', 'second'].map((key) => ({ $from: `steps.${key}.result` }));
      const both = work('both', ['first', 'second'], { payload: read });
      const sick = await w.start({
        steps: [work('a'), work('b', ['a']), waiting('first', 'a'), waiting('second', 'first'), both],
      });
      const bug = await plantBug(w, sick, 'b');
      await w.apply(w.completed(sick, 'a'));
      for (const payload of ['1', '2']) await w.command(sick, { kind: 'signal-workflow', signal: 'go', payload });
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      assert.equal((await w.row(sick, 'both')).payload, '[1,2]');
    });

    test('goes on to lay out the items that an earlier transaction had left', async () => {
      await using w = await openWorkflows({ forgets, bounds: { rows: 2 } });
      const over = [1, 2, 3, 4, 5, 6];
      const sick = await w.start({
        steps: [work('a'), work('x'), work('all', ['a'], { each: { over } }), work('y', ['x'])],
      });
      await w.storage.apply(w.completed(sick, 'a'));
      const laid = (await w.rows(sick)).filter((row) => row.startsWith('all/')).length;
      assert.ok(laid < over.length, `${laid} are laid out`);
      const bug = await plantBug(w, sick, 'y');
      await w.storage.apply(w.completed(sick, 'x'));
      await w.fire();
      assert.deepEqual(await keptFor(w, sick), ['row', 'wait']);
      bug.mend();
      await w.command(sick, { kind: 'retry-workflow' });
      for (const item of over.keys()) await w.apply(w.completed(sick, `all/${item}`, item));
      assert.equal((await w.row(sick, 'all')).result, JSON.stringify([...over.keys()]));
      await w.apply(w.completed(sick, 'y'));
      assert.equal(await w.status(sick), 'completed');
    });

    test('stays stuck, with all that was kept, when a retry fails as well, and says so', async () => {
      await using w = await openWorkflows({ forgets });
      const sick = await w.start(reading('again'));
      await plantBug(w, sick, 'b');
      await w.apply(w.completed(sick, 'a'));
      const refused = await w.command(sick, { kind: 'retry-workflow' });
      assert.deepEqual(refused, {
        kind: 'refused',
        refusal: 'cannot_apply',
        status: 'stuck',
        reason: 'Maximum call stack size exceeded',
      });
      await assertStuck(w, sick, /call stack/);
      assert.deepEqual(await keptFor(w, sick), ['row']);
    });

    test('takes nothing else while it is stuck', async () => {
      await using w = await openWorkflows({ forgets });
      const sick = await w.start(reading('refusing'));
      await plantBug(w, sick, 'b');
      await w.apply(w.completed(sick, 'a'));
      for (const command of [
        { kind: 'pause-workflow' },
        { kind: 'resume-workflow' },
        { kind: 'resolve-compensation', step: 'a', reason: 'r' },
        { kind: 'cancel-workflow', compensate: true },
        { kind: 'retry-workflow', from: 'a' },
      ] as const) {
        const outcome = await w.command(sick, command);
        assert.equal(outcome.kind === 'refused' && outcome.refusal, 'stuck', command.kind);
      }
      await assertStuck(w, sick, /call stack/);
    });

    test('is given up by a cancel: its tasks, waits and children are asked to end', async () => {
      await using w = await openWorkflows({ forgets });
      await w.register('sub', { steps: [work('inner')] });
      const sick = await w.start({
        steps: [
          work('a'),
          work('long'),
          work('all', [], { each: { over: [1, 2], concurrency: 1 } }),
          { key: 'nap', sleep: { for: 1_000_000 } },
          { key: 'sub', child: { definition: 'sub' } },
          work('b', ['a']),
        ],
      });
      await plantBug(w, sick, 'b');
      await w.apply(w.completed(sick, 'a', 'kept'));
      w.news();
      await w.command(sick, { kind: 'cancel-workflow', reason: 'given up' });
      assert.equal(await w.status(sick), 'cancelled');
      assert.equal((await w.header(sick)).cancel_reason, 'given up');
      assert.deepEqual(await keptFor(w, sick), []);
      assert.deepEqual(await w.storage.sql('select step from waits where workflow_id = $1', [sick.id]), []);
      const child = w.childOf(sick, 'sub');
      assert.deepEqual(w.news(sick), ['workflow.cancelled', 'task.cancel-requested', 'task.cancel-requested']);
      await w.apply(w.cancelled(sick, 'long'), w.cancelled(sick, 'all/0'), w.cancelled(child, 'inner'));
      assert.equal(await w.status(child), 'cancelled');
      assert.equal(await w.status(sick), 'cancelled');
      assert.deepEqual(await w.rows(sick), [
        'a completed',
        'all cancelled',
        'all/0 cancelled',
        'all/1 cancelled',
        'long cancelled',
        'nap cancelled',
        'sub cancelled',
      ]);
    });

    test('that a parent gives up with itself does not keep the parent from its end', async () => {
      await using w = await openWorkflows({ forgets });
      await w.register('sub', { steps: [work('inner'), work('next', ['inner'])] });
      const parent = await w.start({ steps: [{ key: 'sub', child: { definition: 'sub' } }] });
      const child = w.childOf(parent, 'sub');
      await plantBug(w, child, 'next');
      await w.apply(w.completed(child, 'inner'));
      await w.command(parent, { kind: 'cancel-workflow' });
      assert.deepEqual([await w.status(child), await w.status(parent)], ['cancelled', 'cancelled']);
    });

    test('that is over already is not parked: what its tasks report is settled on them', async () => {
      await using w = await openWorkflows({ forgets });
      const over = await w.start({ steps: [work('a'), work('slow')], onFailure: 'stop' });
      await w.apply(w.failed(over, 'a'));
      assert.equal(await w.status(over), 'failed');
      w.storage.cache.clear();
      await w.storage.sql("update workflows set options = '{' where id = $1", [over.id]);
      await w.apply(w.completed(over, 'slow', 'late'));
      assert.equal(await w.status(over), 'failed');
      assert.equal((await w.row(over, 'slow')).result, '"late"');
      assert.deepEqual(await keptFor(w, over), []);
    });
  });
}

describe('a workflow whose values the database refuses', () => {
  test('is found among many by halving, and parked', async () => {
    const poisonous = new Set<string>();
    const { advanceStore } = refusing(poisonous);
    await using w = await openWorkflows({ advanceStore });
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => w.start(chain(String(i % 3)))));
    const sick = [all[3], all[4], all[17]] as Started[];
    for (const { id } of sick) poisonous.add(id);
    await w.apply(...all.map((one) => w.completed(one, 'a')));
    for (const one of all) assert.equal(await w.status(one), sick.includes(one) ? 'stuck' : 'running');
    await assertStuck(w, sick[0] as Started, /integer out of range.*22003/);
    assert.equal(await position(w), 1);
    poisonous.clear();
    for (const one of sick) await w.command(one, { kind: 'retry-workflow' });
    for (const one of all) assert.deepEqual(await w.rows(one), ['a completed', 'b queued']);
  });

  test('is the parent where the parent is at fault, though the fact was about its child', async () => {
    const poisonous = new Set<string>();
    await using w = await openWorkflows(refusing(poisonous));
    await w.register('sub', { steps: [work('inner')] });
    const parent = await w.start({ steps: [{ key: 'sub', child: { definition: 'sub' } }, work('b', ['sub'])] });
    poisonous.add(parent.id);
    const child = w.childOf(parent, 'sub');
    await w.apply(w.completed(child, 'inner'));
    assert.deepEqual([await w.status(child), await w.status(parent)], ['completed', 'stuck']);
  });

  test('by a planted graph that is none is parked, and given up', async () => {
    await using w = await openWorkflows({ forgets: true });
    const sick = await w.start(chain('planted'));
    const healthy = await w.start(chain('sound'));
    await w.storage.sql(
      "update workflow_graphs g set graph = '{' from workflows w where w.hash = g.hash and w.id = $1",
      [sick.id],
    );
    await w.storage.sql("update workflows set hash = hash || 'x' where id = $1", [sick.id]);
    await w.storage.sql("update workflow_graphs set hash = hash || 'x' where graph = '{'");
    await w.apply(w.completed(sick, 'a'), w.completed(healthy, 'a'));
    await assertStuck(w, sick, /JSON/);
    assert.deepEqual(await w.rows(healthy), ['a completed', 'b queued']);
    assert.deepEqual(await w.command(sick, { kind: 'cancel-workflow' }), { kind: 'granted' });
    assert.equal(await w.status(sick), 'cancelled');
  });
});

test('what names a workflow costs one more transaction, however many events there are', async () => {
  const { advanceStore, transactions } = refusing(new Set());
  await using w = await openWorkflows({ advanceStore });
  const all = await Promise.all(Array.from({ length: 12 }, (_, i) => w.start(chain(String(i)))));
  await plantBug(w, all[2] as Started, 'b');
  await plantBug(w, all[9] as Started, 'b');
  const before = transactions();
  await w.storage.apply(...all.map((one) => w.completed(one, 'a')));
  assert.equal(transactions() - before, 2);
});
