import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sampleEvent } from '@taskflow/kit-messaging/testing';
import { CommitUnknownError, type Database, type Queryable } from '@taskflow/kit-postgres';
import { seededRandom } from '@taskflow/kit-testing';
import { killBackend } from './testing/backend.ts';
import { type CommitCuttingProxy, commitCuttingProxy } from './testing/commit-cutting-proxy.ts';
import { type SampleDatabase, sampleDatabase } from './testing/sample-database.ts';
import { createOutbox, type Outbox } from './outbox.ts';

/** The usual outbox: a sequence for numbers, drawn where the row is written, and a cursor over them. */
const naive = {
  create: {
    name: 'naive-create',
    text: 'create table naive_outbox (number bigint generated always as identity, id text)',
  },
  insert: { name: 'naive-insert', text: 'insert into naive_outbox (id) values ($1::text)' },
  read: { name: 'naive-read', text: 'select number, id from naive_outbox where number > $1::bigint order by number' },
  all: { name: 'naive-all', text: 'select id from naive_outbox' },
};
const visible = { name: 'visible', text: 'select seq from outbox where stream = 0 order by seq' };

const WRITERS = 10;
const TRANSACTIONS_PER_WRITER = 16;

/** Where a transaction comes to grief, or only takes its time. */
const fates = [
  'commits',
  'commits',
  'pauses before it appends',
  'pauses before it commits',
  'rolls back before it appends',
  'rolls back after it appended',
  'is killed before it appends',
  'is killed after it appended',
  'loses the answer to COMMIT',
  'loses COMMIT',
] as const;
type Fate = (typeof fates)[number];

class ChangedItsMind extends Error {}

describe('numbers are dense and in commit order', { timeout: 120_000 }, () => {
  let sample: SampleDatabase;
  let outbox: Outbox;
  let proxies: CommitCuttingProxy[];

  beforeEach(async () => {
    sample = await sampleDatabase();
    outbox = createOutbox({ database: sample.database, source: 'sample' });
    await sample.database.query(naive.create);
    proxies = [];
  });
  afterEach(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await sample.close();
  });

  it('where one transaction overtakes another, the stream keeps both, and a cursor over a sequence loses one', async () => {
    const written = Promise.withResolvers<void>();
    const overtaken = Promise.withResolvers<void>();
    const slow = sample.database.transaction(async (tx) => {
      await tx.query(naive.insert, ['slow']);
      written.resolve();
      await overtaken.promise;
      return outbox.append(tx, 0, randomUUID(), [sampleEvent(1)]);
    });
    await written.promise;
    await sample.database.transaction(async (tx) => {
      await tx.query(naive.insert, ['quick']);
      return outbox.append(tx, 0, randomUUID(), [sampleEvent(2)]);
    });
    const follower = new Follower(outbox, sample.database);
    await follower.poll();
    overtaken.resolve();
    await slow;
    await follower.poll();

    assert.deepEqual(follower.ids, [sampleEvent(2).id, sampleEvent(1).id]);
    assert.deepEqual(follower.naiveIds, ['quick'], 'the cursor passed over the row that committed late');
  });

  it('with ten writers that pause, roll back, are killed and lose their COMMIT, no event is lost or invented', async () => {
    const random = seededRandom(20_251_121);
    const follower = new Follower(outbox, sample.database);
    const writers = await Promise.all(Array.from({ length: WRITERS }, (_, index) => newWriter(index)));
    const plans = writers.map(() =>
      Array.from({ length: TRANSACTIONS_PER_WRITER }, () => fates[Math.floor(random.next() * fates.length)] as Fate),
    );
    const writing = Promise.all(writers.map((writer, index) => writer.execute(plans[index] as Fate[])));
    await follower.pollUntil(writing);
    const outcomes = (await writing).flat();

    const committed = outcomes.filter(({ tookEffect }) => tookEffect);
    const logged = (await readAll(outbox)).filter(({ id }) => id !== undefined);
    assert.deepEqual(sorted(logged.map(({ id }) => id)), sorted(committed.map(({ id }) => id)));
    assert.deepEqual(
      follower.ids,
      logged.map(({ id }) => id),
      'who reads on sees what the log holds, in its order',
    );
    for (const { id, seq } of committed) assert.equal(logged.find((event) => event.id === id)?.seq, seq);
    for (const fate of fates) assert.ok(plans.flat().includes(fate), `no transaction that ${fate}`);
    const written = (await sample.database.query<{ id: string }>(naive.all)).map(({ id }) => id);
    assert.ok(follower.naiveIds.length < written.length, 'the cursor over a sequence lost nothing: no trap was set');
  });

  async function newWriter(index: number): Promise<Writer> {
    const proxy = await commitCuttingProxy(sample.url);
    proxies.push(proxy);
    return new Writer(index, proxy, await sample.connect({ url: proxy.url, poolSize: 1 }), sample.database, outbox);
  }
});

interface Outcome {
  readonly id: string;
  readonly tookEffect: boolean;
  readonly seq?: number;
}

/** One connection that writes transaction after transaction, each with its fate. */
class Writer {
  readonly #index: number;
  readonly #proxy: CommitCuttingProxy;
  readonly #database: Database;
  readonly #control: Database;
  readonly #outbox: Outbox;

  constructor(index: number, proxy: CommitCuttingProxy, database: Database, control: Database, outbox: Outbox) {
    this.#index = index;
    this.#proxy = proxy;
    this.#database = database;
    this.#control = control;
    this.#outbox = outbox;
  }

  async execute(plan: readonly Fate[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const [place, fate] of plan.entries()) {
      outcomes.push(await this.#write(this.#index * 1000 + place + 1, fate));
    }
    return outcomes;
  }

  async #write(number: number, fate: Fate): Promise<Outcome> {
    const batchId = randomUUID();
    const { id } = sampleEvent(number);
    if (fate === 'loses COMMIT') this.#proxy.doom('lost');
    if (fate === 'loses the answer to COMMIT') this.#proxy.doom('answer-lost');
    try {
      const [entry] = await this.#database.transaction(async (tx) => {
        await tx.query(naive.insert, [id]);
        await this.#befall(tx, fate, 'before it appends');
        const entries = await this.#outbox.append(tx, 0, batchId, [sampleEvent(number)]);
        await this.#befall(tx, fate, 'after it appended');
        return entries;
      });
      return { id, tookEffect: true, seq: entry?.seq };
    } catch (error) {
      if (!(error instanceof CommitUnknownError)) return { id, tookEffect: false };
      const found = await this.#outbox.recall(0, batchId);
      return { id, tookEffect: found !== undefined, seq: found?.[0]?.seq };
    }
  }

  async #befall(tx: Queryable, fate: Fate, where: 'before it appends' | 'after it appended'): Promise<void> {
    if (fate === 'pauses before it appends' && where === 'before it appends') await this.#pause();
    if (fate === 'pauses before it commits' && where === 'after it appended') await this.#pause();
    if (fate === `is killed ${where}`) await killBackend(tx, this.#control);
    if (fate === `rolls back ${where}`) throw new ChangedItsMind();
  }

  /** Some round trips of another connection: time in which others begin, append and commit. */
  async #pause(): Promise<void> {
    for (let trips = 0; trips < 10; trips += 1) await this.#control.query(visible);
  }
}

/** Reads on behind the writers, both ways, and watches that nobody ever sees a gap. */
class Follower {
  readonly #outbox: Outbox;
  readonly #database: Database;
  #seq = 0;
  #number = 0;
  readonly ids: string[] = [];
  readonly naiveIds: string[] = [];

  constructor(outbox: Outbox, database: Database) {
    this.#outbox = outbox;
    this.#database = database;
  }

  async poll(): Promise<void> {
    for (const { seq, events } of await this.#outbox.log.read(0, this.#seq, 100)) {
      assert.equal(seq, this.#seq + 1);
      this.#seq = seq;
      this.ids.push(...events.map(({ id }) => id));
    }
    for (const row of await this.#database.query<{ number: number; id: string }>(naive.read, [this.#number])) {
      this.#number = row.number;
      this.naiveIds.push(row.id);
    }
    const seen = (await this.#database.query<{ seq: number }>(visible)).map(({ seq }) => seq);
    assert.deepEqual(
      seen,
      Array.from({ length: seen.length }, (_, index) => index + 1),
    );
  }

  async pollUntil(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    const finished = done.then(
      () => {
        isDone = true;
      },
      () => {
        isDone = true;
      },
    );
    while (!isDone) await this.poll();
    await finished;
    await this.poll();
    await this.poll();
  }
}

async function readAll(outbox: Outbox): Promise<{ seq: number; id: string }[]> {
  const events: { seq: number; id: string }[] = [];
  for (let at = 0; ; ) {
    const entries = await outbox.log.read(0, at, 100);
    if (entries.length === 0) return events;
    for (const entry of entries) events.push(...entry.events.map(({ id }) => ({ seq: entry.seq, id })));
    at = entries.at(-1)?.seq ?? at;
  }
}

function sorted(ids: readonly string[]): string[] {
  return [...ids].sort();
}
