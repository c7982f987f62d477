import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import {
  type ManualClock,
  manualClock,
  seededRandom,
  signal,
  silentTelemetry,
  tryStartsAndStops,
} from '@taskflow/kit-testing';
import { CommitUnknownError, DatabaseError } from './errors.ts';
import type { GroupCommit, GroupCommitOptions } from './group-commit.ts';
import { createGroupCommit } from './queueing-group-commit.ts';

type Writer = GroupCommit<string, string>;
type Options = Partial<GroupCommitOptions<string, string>>;

function writerWith(options: Options, telemetry = silentTelemetry()): { writer: Writer; clock: ManualClock } {
  const clock = manualClock();
  const writer = createGroupCommit<string, string>(
    {
      name: 'ledger',
      write: async (batch) => batch.map((command) => `done ${command}`),
      recall: async () => 'absent',
      ...options,
    },
    { clock, telemetry, random: seededRandom(1) },
  );
  return { writer, clock };
}

/** A store that takes batches whole, and fails as told. */
function store(fail: (batch: readonly string[], call: number) => unknown) {
  const written: string[] = [];
  const batches: (readonly string[])[] = [];
  return {
    written,
    batches,
    write: async (batch: readonly string[]) => {
      batches.push(batch);
      const failure = fail(batch, batches.length);
      if (failure instanceof LandedAnyway) {
        written.push(...batch);
        throw failure.error;
      }
      if (failure !== undefined) throw failure as Error;
      written.push(...batch);
      return batch.map((command) => `done ${command}`);
    },
    recall: async (batch: readonly string[]) =>
      batch.every((command) => written.includes(command))
        ? batch.map((command) => `found ${command}`)
        : ('absent' as const),
  };
}

/** The batch took effect although writing it failed. */
class LandedAnyway {
  readonly error: Error;
  constructor(error: Error) {
    this.error = error;
  }
}

const bad = (sqlstate: string) => new DatabaseError('no', { sqlstate });
const outage = () => new DatabaseError('connection lost', {});
const unknownCommit = (ended = true) => new CommitUnknownError(new Error('cut'), () => Promise.resolve(ended));

/** Moves time on until all of it has settled. */
async function settled<T>(clock: ManualClock, work: Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  let done = false;
  const all = Promise.allSettled(work).finally(() => {
    done = true;
  });
  while (!done) await clock.advance(100);
  return all;
}

const valuesOf = (results: PromiseSettledResult<string>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value : `failed ${(result.reason as Error).name}`));

test('commands of one turn form one batch, and those that come while it is written form the next', async () => {
  const turns = signal();
  const batches: (readonly string[])[] = [];
  const { writer } = writerWith({
    write: async (batch) => {
      batches.push(batch);
      await turns.next();
      return [...batch];
    },
  });
  const first = [writer.submit('a'), writer.submit('b')];
  const started = Promise.all(first);
  turns.send();
  await started;
  const second = [writer.submit('c'), writer.submit('d')];
  assert.equal(writer.pending, 2);
  turns.send();
  await Promise.all(second);
  assert.deepEqual(batches, [
    ['a', 'b'],
    ['c', 'd'],
  ]);
  assert.equal(writer.pending, 0);
});

test('a batch closes at its rows and at its bytes, and one large command goes alone', async () => {
  const { written, batches, ...options } = store(() => undefined);
  const bytes: Record<string, number> = { huge: 50, b: 4, c: 4, d: 4, e: 1, f: 1, g: 1 };
  const { writer } = writerWith({
    ...options,
    maxRows: 3,
    maxBytes: 10,
    weigh: (command) => ({ rows: 1, bytes: bytes[command] as number }),
  });
  await Promise.all(Object.keys(bytes).map((command) => writer.submit(command)));
  assert.deepEqual(batches, [['huge'], ['b', 'c'], ['d', 'e', 'f'], ['g']]);
  assert.equal(written.length, 7);
});

test('light commands pass heavy ones that wait, of which each batch has some', async () => {
  const { written, batches, ...options } = store(() => undefined);
  const { writer } = writerWith({
    ...options,
    maxBytes: 12,
    overtaking: { lightBytes: 1, heavyBytes: 5 },
    weigh: (command) => ({ rows: 1, bytes: command.length }),
  });
  const all = ['aaaaaa', 'bbb', 'cc', 'ddd', 'eee', 'fff', 'gggg'].map((command) => writer.submit(command));
  all.push(...[...'123456789'].map((command) => writer.submit(command)));
  await Promise.all(all);
  assert.deepEqual(batches, [
    ['1', '2', '3', '4', '5', '6', 'aaaaaa'],
    ['7', '8', '9', 'bbb', 'cc'],
    ['ddd', 'eee', 'fff'],
    ['gggg'],
  ]);
  assert.equal(written.length, all.length);
});

test('heavy commands that wait keep no light ones from waiting', async () => {
  const { written, batches, ...options } = store(() => undefined);
  const { writer } = writerWith({
    ...options,
    maxWaitingBytes: 10,
    overtaking: { lightBytes: 1, heavyBytes: 5 },
    weigh: (command) => ({ rows: 1, bytes: command.length }),
  });
  const all = [writer.submit('a'.repeat(9)), writer.submit('1'), writer.submit('2')];
  await assert.rejects(writer.submit('bb'), OverloadedError);
  await Promise.all(all);
  assert.equal(written.length, 3);
  assert.equal(batches.length, 1);
});

test('one more than may wait is refused, and nothing of it is written', async () => {
  const { written, batches, ...options } = store(() => undefined);
  const { writer } = writerWith({ ...options, maxWaiting: 2 });
  const accepted = [writer.submit('a'), writer.submit('b')];
  await assert.rejects(writer.submit('c'), OverloadedError);
  await Promise.all(accepted);
  assert.deepEqual(written, ['a', 'b']);
  assert.equal(batches.length, 1);
});

test('more bytes than may wait are refused, but for what is large and comes when nothing waits', async () => {
  const { written, batches, ...options } = store(() => undefined);
  const weighed: string[] = [];
  const { writer } = writerWith({
    ...options,
    maxWaitingBytes: 10,
    maxBytes: 4,
    weigh: (command) => {
      weighed.push(command);
      return { rows: 1, bytes: command.length };
    },
  });
  const accepted = [writer.submit('a'.repeat(50))];
  await assert.rejects(writer.submit('b'), OverloadedError);
  await Promise.all(accepted);
  accepted.push(...['cccc', 'dddd', 'ee'].map((command) => writer.submit(command)));
  await assert.rejects(writer.submit('f'), OverloadedError);
  await Promise.all(accepted);
  accepted.push(writer.submit('gggg'), writer.submit('hhhhhh'));
  await Promise.all(accepted);
  assert.equal(batches.length, 6);
  assert.deepEqual(
    written,
    weighed.filter((command) => command !== 'b' && command !== 'f'),
    'weighed once each',
  );
});

const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index));

for (const sqlstate of ['57014', '53200', 'XX001']) {
  test(`a command at which the server gives up with ${sqlstate} is refused alone, and is not called bad`, async () => {
    const { written, batches, ...options } = store((batch) => (batch.includes('0') ? bad(sqlstate) : undefined));
    const { writer, clock } = writerWith(options);
    const results = await settled(
      clock,
      numbered(500).map((command) => writer.submit(command)),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    assert.deepEqual(
      refused.map(({ reason }) => [(reason as DatabaseError).kind, (reason as DatabaseError).code]),
      [['exhausted', 'unavailable']],
    );
    assert.equal(written.length, 499);
    assert.ok(
      batches.filter((batch) => batch.includes('0')).length <= 5,
      'each such try may last until its time limit',
    );
  });
}

test('what the server gives up on for its weight is written in parts', async () => {
  const { written, batches, ...options } = store((batch) => (batch.length > 10 ? bad('57014') : undefined));
  const { writer, clock } = writerWith(options);
  const results = await settled(
    clock,
    numbered(500).map((command) => writer.submit(command)),
  );
  assert.ok(results.every(({ status }) => status === 'fulfilled'));
  assert.deepEqual([written.length, batches[0]?.length], [500, 500]);
});

test('a server that gives up on everything refuses all after a few tries, and is made use of as soon as it gets on', async () => {
  let isStuck = true;
  const { written, batches, ...options } = store(() => (isStuck ? bad('57014') : undefined));
  const weigh = () => ({ rows: 1, bytes: 1 });
  const { writer, clock } = writerWith({ ...options, maxRows: 500, weigh, maxWaitingBytes: 900 });
  const commands = numbered(900).map((command) => writer.submit(command));
  const results = await settled(clock, commands);
  assert.ok(results.every(({ status }) => status === 'rejected'));
  assert.ok(batches.length <= 8, `${batches.length} tries`);
  assert.deepEqual(written, []);
  isStuck = false;
  const later = await settled(
    clock,
    numbered(900).map((command) => writer.submit(command)),
  );
  assert.ok(later.every(({ status }) => status === 'fulfilled'));
});

for (const sqlstate of ['22P02', '23505', '54000']) {
  test(`a command that fails with ${sqlstate} fails alone, and its neighbours are written once, in order`, async () => {
    const { written, batches, ...options } = store((batch) => (batch.includes('bad') ? bad(sqlstate) : undefined));
    const { writer, clock } = writerWith(options);
    const results = await settled(
      clock,
      ['a', 'b', 'bad', 'd', 'e'].map((command) => writer.submit(command)),
    );
    assert.deepEqual(valuesOf(results), ['done a', 'done b', 'failed DatabaseError', 'done d', 'done e']);
    assert.deepEqual(written, ['a', 'b', 'd', 'e']);
    assert.ok(batches.length > 1);
  });
}

test('a few bad commands among many cost few batches', async () => {
  const { written, batches, ...options } = store((batch) => (batch.includes('77') ? bad('22P02') : undefined));
  const { writer, clock } = writerWith(options);
  const commands = Array.from({ length: 256 }, (_, index) => String(index));
  const results = await settled(
    clock,
    commands.map((command) => writer.submit(command)),
  );
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 1);
  assert.equal(written.length, 255);
  assert.ok(batches.length <= 1 + 2 * 8, `${batches.length} batches`);
});

test('a batch that loses against another transaction is written again', async () => {
  const { written, batches, ...options } = store((_, call) => (call < 3 ? bad('40001') : undefined));
  const { writer, clock } = writerWith(options);
  const results = await settled(clock, [writer.submit('a'), writer.submit('b')]);
  assert.deepEqual(valuesOf(results), ['done a', 'done b']);
  assert.deepEqual([written, batches.length], [['a', 'b'], 3]);
});

test('a conflict without end is refused in the end', async () => {
  const { written, ...options } = store(() => bad('40P01'));
  const { writer, clock } = writerWith(options);
  const [result] = await settled(clock, [writer.submit('a')]);
  assert.ok(result?.status === 'rejected' && result.reason instanceof UnavailableError);
  assert.equal(result.reason.outcome, 'nothing-done');
  assert.deepEqual(written, []);
});

test('an unknown COMMIT that took effect is answered from what it left, and nothing is written twice', async () => {
  const { written, batches, ...options } = store((_, call) =>
    call === 1 ? new LandedAnyway(unknownCommit()) : undefined,
  );
  const { writer, clock } = writerWith(options);
  const results = await settled(clock, [writer.submit('a'), writer.submit('b')]);
  assert.deepEqual(valuesOf(results), ['found a', 'found b']);
  assert.deepEqual([written, batches.length], [['a', 'b'], 1]);
});

test('an unknown COMMIT that left nothing is written again', async () => {
  const { written, batches, ...options } = store((_, call) => (call === 1 ? unknownCommit() : undefined));
  const { writer, clock } = writerWith(options);
  const results = await settled(clock, [writer.submit('a')]);
  assert.deepEqual(valuesOf(results), ['done a']);
  assert.deepEqual([written, batches.length], [['a'], 2]);
});

test('nothing is concluded from finding nothing while the session may still commit', async () => {
  const { written, batches, ...options } = store((_, call) => (call === 1 ? lateCommit() : undefined));
  let looks = 0;
  /** The commit lands between the first look and the second. */
  function lateCommit() {
    return new CommitUnknownError(new Error('cut'), async () => {
      looks += 1;
      if (looks === 2) written.push('a');
      return looks >= 2;
    });
  }
  const { writer, clock } = writerWith(options);
  const results = await settled(clock, [writer.submit('a')]);
  assert.deepEqual(valuesOf(results), ['found a']);
  assert.deepEqual([written, batches.length], [['a'], 1]);
});

test('an outcome that nobody can tell is never answered as a plain failure', async () => {
  const { writer, clock } = writerWith({
    write: () => Promise.reject(unknownCommit(false)),
    recall: () => Promise.reject(outage()),
    patienceMs: 1_000,
  });
  const [result] = await settled(clock, [writer.submit('a')]);
  assert.ok(result?.status === 'rejected' && result.reason instanceof UnavailableError);
  assert.equal(result.reason.outcome, 'unknown');
});

test('an outage within the patience is waited out', async () => {
  const { written, batches, ...options } = store((_, call) => (call <= 4 ? outage() : undefined));
  const { writer, clock } = writerWith({ ...options, patienceMs: 60_000 });
  const results = await settled(clock, [writer.submit('a')]);
  assert.deepEqual(valuesOf(results), ['done a']);
  assert.deepEqual([written, batches.length], [['a'], 5]);
});

test('a long outage refuses all who wait, then each newcomer after one attempt, and ends by itself', async () => {
  let down = true;
  const { written, batches, ...options } = store(() => (down ? outage() : undefined));
  const weigh = () => ({ rows: 1, bytes: 1 });
  const { writer, clock } = writerWith({ ...options, patienceMs: 1_000, maxRows: 1, maxWaitingBytes: 3, weigh });
  const refused = await settled(clock, [writer.submit('a'), writer.submit('b'), writer.submit('c')]);
  assert.deepEqual(valuesOf(refused), Array(3).fill('failed UnavailableError'));
  const attempts = batches.length;
  assert.deepEqual([...new Set(batches.flat())], ['a'], 'those behind the first are not tried one by one');
  const [newcomer] = await settled(clock, [writer.submit('d')]);
  assert.equal(newcomer?.status, 'rejected');
  assert.equal(batches.length, attempts + 1);
  down = false;
  const served = await settled(clock, [writer.submit('e'), writer.submit('f')]);
  assert.deepEqual(valuesOf(served), ['done e', 'done f']);
  assert.deepEqual(written, ['e', 'f']);
});

test('code that throws after its transaction committed writes nothing twice', async () => {
  const { written, batches, ...options } = store((_, call) =>
    call === 1 ? new LandedAnyway(new TypeError('cannot read')) : undefined,
  );
  const { writer, clock } = writerWith(options);
  const results = await settled(clock, [writer.submit('a'), writer.submit('b')]);
  assert.deepEqual(valuesOf(results), ['found a', 'found b']);
  assert.deepEqual([written, batches.length], [['a', 'b'], 1]);
});

test('code that throws on one command fails that one alone', async () => {
  const { written, ...options } = store((batch) => (batch.includes('bad') ? new TypeError('cannot read') : undefined));
  const { writer, clock } = writerWith(options);
  const results = await settled(clock, [writer.submit('a'), writer.submit('bad'), writer.submit('c')]);
  assert.deepEqual(valuesOf(results), ['done a', 'failed TypeError', 'done c']);
  assert.deepEqual(written, ['a', 'c']);
});

test('a wrong number of outcomes answers nobody with somebody else’s', async () => {
  const { writer, clock } = writerWith({ write: async () => ['one'] });
  const results = await settled(clock, [writer.submit('a'), writer.submit('b')]);
  assert.deepEqual(valuesOf(results), ['failed RangeError', 'failed RangeError']);
});

test('stop writes what waits and takes nothing more', async () => {
  const { written, batches, ...options } = store(() => undefined);
  const { writer } = writerWith(options);
  const last = writer.submit('a');
  await writer.stop();
  assert.equal(await last, 'done a');
  await assert.rejects(writer.submit('b'), UnavailableError);
  assert.deepEqual([written, batches.length], [['a'], 1]);
});

test('stop does not wait for a server that is away', async () => {
  const { writer, clock } = writerWith({ write: () => Promise.reject(outage()), patienceMs: 3_600_000 });
  const [result] = await settled(clock, [writer.submit('a'), writer.stop() as Promise<never>]);
  assert.equal(result?.status, 'rejected');
  assert.ok(clock.monotonic() < 60_000);
});

test('a writer that the server does not take batches from is in trouble since the first, and until one is taken', async () => {
  let isAway = true;
  const { written: _, batches: __, ...options } = store(() => (isAway ? bad('53100') : undefined));
  const { writer, clock } = writerWith({ ...options, patienceMs: 10_000 });
  const begun = clock.now();
  const waiting = writer.submit('a');
  await clock.advance(2_000);
  assert.deepEqual([writer.trouble()?.since, /53100/.test(writer.trouble()?.reason ?? '')], [begun, true]);
  isAway = false;
  await settled(clock, [waiting]);
  assert.equal(writer.trouble(), undefined);
});

test('the log tells of an outage when it begins and when it ends, however often writing and reading back fail', async () => {
  const telemetry = silentTelemetry();
  const reported: string[] = [];
  const report = (...line: unknown[]) => void reported.push(String(line.at(-1)));
  [telemetry.log.warn, telemetry.log.info] = [report, report];
  let isAway = true;
  const { written, batches, write, recall } = store(() => (isAway ? outage() : undefined));
  let asked = 0;
  const readBack = async (batch: readonly string[]) => {
    asked += 1;
    // Now and then the server is there for a moment, and lets nothing be written.
    if (isAway && asked % 3 !== 0) throw bad('57P03');
    return recall(batch);
  };
  const { writer, clock } = writerWith({ write, recall: readBack, patienceMs: 60_000 }, telemetry);
  const waiting = writer.submit('a');
  await clock.advance(20_000);
  assert.ok(batches.length > 3 && asked > 10, `${batches.length} tries, ${asked} questions`);
  isAway = false;
  await settled(clock, [waiting]);
  assert.deepEqual(written, ['a']);
  assert.deepEqual(reported, ['a batch could not be written; it is tried again', 'batches are written again']);
  await settled(clock, [writer.submit('b')]);
  assert.equal(reported.length, 2);
});

test('a writer that nobody has used for a while is not in trouble: it may write again', async () => {
  const { written: _, batches: __, ...options } = store(() => bad('53100'));
  const { writer, clock } = writerWith({ ...options, patienceMs: 1_000 });
  await settled(clock, [writer.submit('a')]);
  assert.notEqual(writer.trouble(), undefined);
  await clock.advance(60_000);
  assert.equal(writer.trouble(), undefined);
});

test('refusals of commands are answers of a server that writes', async () => {
  const { written: _, batches: __, ...options } = store(() => bad('22P02'));
  const { writer, clock } = writerWith(options);
  for (const command of ['a', 'b', 'c', 'd']) await settled(clock, [writer.submit(command)]);
  assert.equal(writer.trouble(), undefined);
});

test('holds under starts and stops in any order, with and without a batch under way', () =>
  tryStartsAndStops(() => {
    const { writer, clock } = writerWith({
      write: async (batch) => {
        await new Promise<void>((resolve) => clock.after(100, resolve));
        return batch;
      },
    });
    return {
      service: writer,
      pass: () => clock.advance(50),
      engage: () => {
        for (const command of ['a', 'b']) writer.submit(command).catch(() => undefined);
      },
      left: () => (writer.pending > 0 ? [`${writer.pending} commands`] : []),
    };
  }));
