import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@taskflow/kit-testing';
import type { Random } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import { plantBug, readMembers, refusing } from '../../../testing/poison.ts';
import { completion } from '../../../testing/storage-harness.ts';
import { openWorkflows, type Started, type WorkflowHarness } from '../../../testing/workflow-steps.ts';
import type { GraphDefinition, StepDefinition } from '../../domain/workflow/graph.ts';

const work = (key: string, dependsOn: string[] = [], payload: unknown = null): StepDefinition => ({
  key,
  type: 'work',
  dependsOn,
  payload,
});
const from = (key: string) => ({ $from: `steps.${key}.result` });
const last = (dependsOn: string, mark: string) => work('last', [dependsOn], { mark, read: from(dependsOn) });
const long = 1_000_000;

/** Every way in which a workflow goes on: by tasks, items, time, signals, events and children. `last` reads what came. */
const shapes: ((mark: string) => StepDefinition[])[] = [
  (mark) => [work('a'), work('b', ['a'], from('a')), last('b', mark)],
  (mark) => [work('a'), work('b'), work('join', ['a', 'b'], [from('a'), from('b')]), last('join', mark)],
  (mark) => [work('a'), { ...work('all', ['a'], { $from: 'item' }), each: { over: [1, 2, 3] } }, last('all', mark)],
  (mark) => [work('a'), { key: 'nap', sleep: { for: long }, dependsOn: ['a'] }, last('nap', mark)],
  (mark) => [{ key: 'ok', waitForSignal: { signal: 'go', timeout: long } }, last('ok', mark)],
  (mark) => [{ key: 'paid', waitForEvent: { event: 'paid', key: 'k', timeout: long } }, last('paid', mark)],
  (mark) => [work('a'), { key: 'sub', child: { definition: 'sub' }, dependsOn: ['a'] }, last('sub', mark)],
];
const graphOf = (n: number): GraphDefinition => ({
  steps: (shapes[n % shapes.length] as (mark: string) => StepDefinition[])(String(n)),
  output: 'last',
});

const many = 14;

interface Live {
  readonly id: string;
  readonly step: string;
  readonly payload: string;
}

/** Moves all of them until nothing moves any more, in batches of chance. Gives how many entries were applied. */
async function drive(w: WorkflowHarness, workflows: readonly Started[], random: Random): Promise<number> {
  const signalled = new Set<string>();
  for (let entries = 0; ; ) {
    if (random.next() < 0.3) w.storage.cache.clear();
    const live = await w.storage.sql<Live>("select id, step, payload from tasks where status = 'queued' order by id");
    const events = live
      .filter(() => random.next() < 0.8)
      .map(({ id, step, payload }) => completion(id, JSON.stringify({ step, was: JSON.parse(payload) })))
      .sort(() => random.next() - 0.5);
    if (events.length > 0) await w.storage.apply(...events);
    entries += events.length > 0 ? 1 : 0;
    const signals = workflows.filter(({ id }, n) => n % shapes.length === 4 && !signalled.has(id));
    for (const one of signals) {
      if (random.next() < 0.5) continue;
      const outcome = await w.command(one, { kind: 'signal-workflow', signal: 'go', payload: '"signal"' });
      if (outcome.kind !== 'not-found') signalled.add(one.id);
    }
    await w.storage.sql("update waits set due_at = now() - interval '1 second' where kind = 'sleep'");
    await w.fire();
    const waits = await w.storage.sql('select 1 from waits');
    if (live.length === 0 && signals.length === 0 && waits.length === 0) return entries;
    if (live.length === 0 && signals.length === 0) {
      await w.storage.advance.submit({ kind: 'publish-event', tenantId: tenant, name: 'paid', key: 'k', payload: '7' });
      await w.deliver();
    }
  }
}

async function endOf(w: WorkflowHarness, one: Started) {
  const { status, output, error } = await w.header(one);
  return { status, output, error, rows: await w.rows(one) };
}

async function start(w: WorkflowHarness): Promise<Started[]> {
  await w.register('sub', { steps: [work('inner', [], 'in')] });
  const started: Started[] = [];
  for (let n = 0; n < many; n++) started.push(await w.start(graphOf(n)));
  return started;
}

/** Bugs in the last step of some, of all kinds. Gives what mends each, by its place. */
async function poison(w: WorkflowHarness, workflows: readonly Started[], refused: Set<string>, random: Random) {
  const mends = new Map<number, () => void>();
  for (const [n, workflow] of workflows.entries()) {
    if (random.next() < 0.6) continue;
    const kind = Math.floor(random.next() * 4);
    if (kind === 3) {
      refused.add(workflow.id);
      mends.set(n, () => void refused.delete(workflow.id));
    } else {
      const thrown = [new RangeError('Invalid string length'), new TypeError('not iterable'), 'a text'][n % 3];
      const member = [readMembers.named, readMembers.unnamed, readMembers.late][kind] ?? readMembers.named;
      mends.set(n, (await plantBug(w, workflow, 'last', member, () => thrown)).mend);
    }
  }
  return mends;
}

const isSignalled = (n: number) => n % shapes.length === 4;

for (const seed of [11, 12, 13, 14]) {
  test(`whoever is poisonous is stuck, and everybody else ends as without the poison (seed ${seed})`, async () => {
    await using sound = await openWorkflows();
    const references = await start(sound);
    await drive(sound, references, seededRandom(seed));

    const random = seededRandom(seed);
    const refused = new Set<string>();
    // Every other seed leaves most of what follows to later transactions.
    const bounds = seed % 2 === 0 ? { rows: 3, bytes: 3_000, readBytes: 2_000, passes: 2 } : {};
    await using w = await openWorkflows({ ...refusing(refused), bounds });
    const workflows = await start(w);
    const mends = await poison(w, workflows, refused, random);
    assert.ok(mends.size > 1 && mends.size < many - 3, `${mends.size} are poisonous`);
    const entries = await drive(w, workflows, random);
    for (const [n, one] of workflows.entries()) {
      const reference = await endOf(sound, references[n] as Started);
      assert.equal(reference.status, 'completed', `reference ${n}`);
      if (!mends.has(n)) assert.deepEqual(await endOf(w, one), reference, `healthy ${n}`);
      // Its poison would be met by a command, which is refused and parks nothing.
      else assert.equal(await w.status(one), isSignalled(n) ? 'waiting' : 'stuck', `poisonous ${n}`);
    }
    const [position] = await w.storage.sql<{ seq: number }>('select max(seq)::int4 as seq from positions');
    assert.equal(position?.seq, entries);

    for (const mend of mends.values()) mend();
    for (const n of mends.keys()) {
      const one = workflows[n] as Started;
      const command = isSignalled(n)
        ? ({ kind: 'signal-workflow', signal: 'go', payload: '"signal"' } as const)
        : ({ kind: 'retry-workflow' } as const);
      assert.deepEqual(await w.command(one, command), { kind: 'granted' }, `retry of ${n}`);
    }
    await drive(w, [], random);
    for (const [n, one] of workflows.entries()) {
      assert.deepEqual(await endOf(w, one), await endOf(sound, references[n] as Started), `mended ${n}`);
    }
  });
}
