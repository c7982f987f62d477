import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createTaskFlow } from '../client/create-taskflow.ts';
import { InvalidInputError } from '../errors.ts';
import { testkit } from '../testkit/index.ts';
import { createWorker } from '../worker/create-worker.ts';
import { event } from './event.ts';
import { queue } from './queue.ts';
import { signal } from './signal.ts';
import { task } from './task.ts';
import { workflow } from './workflow.ts';

const url = 'http://127.0.0.1:1';
const work = task({ id: 'work', run: () => 1 });
const lookalike = Object.freeze({ kind: 'task', id: 'work', run: () => 1 });
const untyped = (make: (options: never) => unknown, given: object) => (more: object) =>
  make({ ...given, ...more } as never);
const client = createTaskFlow({ url });

const makers: Readonly<Record<string, (more: object) => unknown>> = {
  createWorker: untyped(createWorker, { url, definitions: [] }),
  createTaskFlow: untyped(createTaskFlow, {}),
  'createTaskFlow with a url': untyped(createTaskFlow, { url }),
  'createTaskFlow of a worker': (worker) => createTaskFlow({ worker }),
  testkit: (more) => testkit(more),
  task: untyped(task, { id: 'work', run: () => 1 }),
  workflow: untyped((options) => workflow(options, () => assert.fail('it is not built')), { id: 'w' }),
  signal: untyped(signal, { id: 's', payload: z.number() }),
  event: untyped(event, { id: 'e', payload: z.number() }),
  result: async (more) => (await client.handle(work, 'id')).result(more),
  close: (more) => createTaskFlow({ url }).close(more),
  start: (more) => client.start(work, 1 as never, more),
  execute: (more) => client.execute(work, 1 as never, more),
  handle: ({ id }: { id?: unknown }) => client.handle(work, id as string),
  'handle of a definition': ({ definition }: { definition?: unknown }) =>
    client.handle(definition as typeof work, 'id'),
  drain: ({ deadline }: { deadline?: unknown }) => createWorker({ url, definitions: [] }).drain(deadline as '1s'),
};

const wrong: readonly (readonly [maker: string, option: string, ...values: unknown[]])[] = [
  ['createWorker', 'drain', '5 minutes', -1, Number.NaN, null],
  ['createWorker', 'concurrency', 0, 1.5, '7', 10_001],
  ['createWorker', 'name', '', 'n'.repeat(201), 7],
  ['createWorker', 'signals', 'yes'],
  ['createWorker', 'definitions', 'x', [work, lookalike], [signal({ id: 's', payload: z.number() })]],
  ['createWorker', 'queues', ['mails'], [work]],
  ['createWorker', 'log', console.log, { info() {} }],
  ['createTaskFlow', 'dataDir', '', true],
  ['createTaskFlow', 'worker', true],
  ['createTaskFlow', 'log', 'stderr'],
  ['createTaskFlow', 'definitions', [lookalike]],
  ['createTaskFlow with a url', 'url', '', 7],
  ['createTaskFlow with a url', 'apiKey', 'ключ', ''],
  ['createTaskFlow of a worker', 'concurrency', 0],
  ['createTaskFlow of a worker', 'queues', ['mails']],
  ['testkit', 'settleWithin', '5 minutes'],
  ['testkit', 'startAt', '2026-01-01', new Date(Number.NaN)],
  ['testkit', 'definitions', [lookalike]],
  ['task', 'run', undefined, 'run'],
  ['task', 'input', {}, null],
  ['task', 'queue', 'mails', { kind: 'queue', id: 'mails' }],
  ['task', 'retry', 'often'],
  ['task', 'description', 7],
  ['workflow', 'input', {}],
  ['workflow', 'description', 7],
  ['signal', 'payload', undefined, {}],
  ['event', 'payload', undefined, {}],
  ['event', 'key', 'id'],
  ['result', 'timeout', '5 minutes'],
  ['result', 'signal', 'now'],
  ['execute', 'timeout', '5 minutes'],
  ['close', 'drain', '5 minutes'],
  ['start', 'queue', 'mails'],
  ['start', 'priority', 1_000],
  ['start', 'tags', { a: 1 }, ['a']],
  ['handle', 'id', '', '..', 'a/b', 7],
  ['handle of a definition', 'definition', lookalike, queue({ id: 'q' })],
  ['drain', 'deadline', '5 minutes'],
];

describe('an option that cannot be used', () => {
  for (const [maker, option, ...values] of wrong) {
    it(`is refused at once, by its name: ${option} of ${maker}`, async () => {
      for (const value of values) {
        await assert.rejects(
          async () => makers[maker]?.({ [option]: value }),
          (error: unknown) => error instanceof InvalidInputError && error.message.includes(option),
          String(value),
        );
      }
    });
  }

  it('is one that nobody knows', () => {
    for (const maker of ['createWorker', 'createTaskFlow', 'createTaskFlow of a worker', 'task', 'workflow']) {
      assert.throws(
        () => makers[maker]?.({ concurency: 1 }),
        (error: unknown) => error instanceof InvalidInputError && error.code === 'unknown_option',
        maker,
      );
    }
  });

  it('names the place of what is no definition in a step', () => {
    const drawn = (draw: (w: never) => unknown) => () => workflow({ id: 'w' }, draw as never);
    type Verbs = Record<'step' | 'each' | 'child', (...given: unknown[]) => unknown>;
    for (const verb of ['step', 'each', 'child'] as const) {
      assert.throws(
        drawn((w: Verbs) => w[verb]('a', lookalike, { input: () => 1, ...(verb === 'each' && { over: () => [] }) })),
        /step "a": the second argument must be a (task|workflow)/,
      );
    }
    assert.throws(
      drawn((w: Verbs) => w.step('a', work, { input: () => 1, queue: 'mails' })),
      /step "a": queue must be/,
    );
  });
});
