import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { http } from '@taskflow/contracts-task-management';
import { z } from 'zod';
import { TaskFlowError } from '../errors.ts';
import { event } from './event.ts';
import type { GraphBuilder, Output } from './graph-builder.ts';
import { queue } from './queue.ts';
import { signal } from './signal.ts';
import type { Ref } from './step-options.ts';
import type { StepRequest } from './step-request.ts';
import { task } from './task.ts';
import { workflow } from './workflow.ts';

const send = task({ id: 'send', queue: queue({ id: 'mails' }), run: ({ to }: { to: string }) => ({ sent: to }) });
const undo = task({ id: 'undo', retry: { maxAttempts: 3 }, run: ({ id }: { id: string }) => id });
const Approved = signal({ id: 'approved', payload: z.object({ by: z.string() }) });
const Scanned = event({ id: 'scanned', payload: z.object({ id: z.string() }), key: ({ id }) => id });
const inner = workflow({ id: 'inner', version: 7, input: z.object({ n: z.number() }) }, (w) =>
  w.output({ sent: w.step('send', send, { input: ({ input }) => ({ to: String(input.n) }) }) }, ({ sent }) => sent),
);

type Build = (w: GraphBuilder<{ to: string[] }>) => unknown;

/** The steps that `build` draws, as they are sent, without the output step. */
function drawn(build: Build): StepRequest[] {
  const definition = workflow({ id: 'outer', version: 2, input: z.object({ to: z.array(z.string()) }) }, (w) => {
    build(w);
    const last = w.step('last', send, { input: () => ({ to: '' }) });
    return w.output({ last }, () => 1);
  });
  const sent = http.workflows.registerDefinition.parse(JSON.parse(JSON.stringify(definition)));
  assert.deepEqual(Object.keys(sent.graph), ['steps', 'output']);
  return JSON.parse(JSON.stringify(definition)).graph.steps.slice(0, -2) as StepRequest[];
}

const undefinedAs = { $taskflow: 'undefined' };
const seen = (needs: object = {}, more: object = {}) => ({ $mapped: true, input: { $from: 'input' }, needs, ...more });
const refused =
  (code: string, ...naming: string[]) =>
  (error: unknown) =>
    error instanceof TaskFlowError && error.code === code && naming.every((part) => error.message.includes(part));
const untyped = (build: (w: GraphBuilder<never>) => unknown) => () =>
  workflow({ id: 'w' }, build as unknown as (w: GraphBuilder<undefined>) => Output<unknown>);

describe('a step', () => {
  it('says its condition as mapped, and what its failure means', () => {
    const [first] = drawn((w) =>
      w.step('first', send, {
        when: () => true,
        onError: 'continue',
        commit: true,
        label: 'x',
        input: () => ({ to: '' }),
      }),
    );
    const rest = { queue: 'mails', dependsOn: [], mapped: true, payload: seen() };
    assert.deepEqual(first, { key: 'first', type: 'send', ...rest, onError: 'continue', commit: true });
  });

  it('leaves what is the default unsaid', () => {
    const [first] = drawn((w) => w.step('first', send, { onError: 'fail', commit: false, input: () => ({ to: '' }) }));
    assert.deepEqual(Object.keys(first ?? {}), ['key', 'type', 'queue', 'dependsOn', 'mapped', 'payload']);
  });

  it('is undone with its own result, which differs from undefined where the outcome is unknown', () => {
    const steps = drawn((w) => {
      const first = w.step('first', send, { input: () => ({ to: '' }) });
      w.step('second', send, {
        needs: { first },
        input: () => ({ to: '' }),
        compensate: {
          task: undo,
          input: ({ output }) => ({ id: output.sent }),
          retry: { initial: '1s' },
          queue: queue({ id: 'undoing' }),
          priority: 'critical',
          timeout: { attempt: '5s' },
        },
      });
    });
    assert.deepEqual(steps[1]?.compensation, {
      type: 'undo',
      payload: seen(
        { first: { $from: 'steps.first.result', default: undefinedAs } },
        { output: { $from: 'steps.second.result', default: { $taskflow: 'unknown' } } },
      ),
      queue: 'undoing',
      priority: 'critical',
      retry: { maxAttempts: 3, initial: '1s' },
      timeout: { attempt: '5s' },
    });
  });
});

describe('w.run', () => {
  it('has a type of its own workflow and is carried out as it says', () => {
    const [inline] = drawn((w) => w.run('inline', { retry: { maxAttempts: 2 }, queue: queue({ id: 'q' }) }, () => 1));
    const rest = { queue: 'q', retry: { maxAttempts: 2 }, dependsOn: [], mapped: true, payload: seen() };
    assert.deepEqual(inline, { key: 'inline', type: 'taskflow.run/outer@2', ...rest });
  });

  it('needs its code', () => {
    assert.throws(
      untyped((w) => w.run('inline', {}, undefined as never)),
      refused('invalid_definition', 'step "inline"', 'third argument'),
    );
  });
});

describe('w.each', () => {
  it('runs the task per item, and leaves the list to the worker', () => {
    const [all, some] = drawn((w) => {
      w.each('all', send, { over: ({ input }) => input.to, input: (to) => ({ to }) });
      w.each('some', send, {
        over: ({ input }) => input.to,
        input: (to) => ({ to }),
        concurrency: 5,
        tolerate: 2,
        compensate: { task: undo, input: ({ output }) => ({ id: String(output.length) }) },
      });
    });
    const rest = { queue: 'mails', dependsOn: [], mapped: true, payload: seen() };
    assert.deepEqual(all, { key: 'all', type: 'send', each: {}, ...rest });
    assert.deepEqual(some?.each, { concurrency: 5, tolerate: 2 });
    assert.equal(some?.compensation?.type, 'undo');
  });

  it('refuses what is no list and no number', () => {
    const each = (options: object) => untyped((w) => w.each('e', send, options as never));
    const input = () => ({ to: '' });
    assert.throws(each({ input, over: ['a'] }), refused('invalid_definition', 'over must be a function'));
    assert.throws(each({ input, over: () => [], concurrency: 0 }), refused('invalid_definition', 'each/concurrency'));
    assert.throws(each({ input, over: () => [], tolerate: -1 }), refused('invalid_definition', 'each/tolerate'));
    assert.throws(each({ input, over: () => [], until: 1 }), refused('unknown_option', 'until'));
  });
});

describe('w.child', () => {
  it('is pinned to the version of the definition that was given', () => {
    const [child] = drawn((w) =>
      w.child('child', inner, {
        input: ({ input }) => ({ n: input.to.length }),
        onParentClose: 'abandon',
        compensate: { task: undo, input: ({ output }) => ({ id: output.sent }) },
      }),
    );
    assert.deepEqual(child?.child, { definition: 'inner', version: 7, onParentClose: 'abandon' });
    assert.deepEqual([child?.type, child?.mapped, child?.payload], [undefined, true, seen()]);
    assert.equal(child?.compensation?.type, 'undo');
  });

  for (const option of ['retry', 'timeout', 'queue', 'priority']) {
    it(`refuses ${option} by name: a child has no attempts of its own`, () => {
      const options = { input: () => ({ n: 1 }), [option]: {} };
      assert.throws(
        untyped((w) => w.child('c', inner, options)),
        refused('not_available', option),
      );
    });
  }
});

describe('what waits', () => {
  it('needs no worker for a signal or a span, unless it has a condition', () => {
    const steps = drawn((w) => {
      const needed = w.waitFor('signal', Approved, { timeout: '2d' });
      w.sleep('span', { for: '1h', needs: { needed } });
      w.waitFor('maybe', Approved, { timeout: 5_000, when: () => false });
      w.sleep('maybe-span', { for: '1h', when: () => false });
    });
    assert.deepEqual(steps, [
      { key: 'signal', waitForSignal: { signal: 'approved', timeout: '2d' }, dependsOn: [] },
      { key: 'span', sleep: { for: '1h' }, dependsOn: ['signal'] },
      {
        key: 'maybe',
        waitForSignal: { signal: 'approved', timeout: 5_000 },
        dependsOn: [],
        mapped: true,
        payload: seen(),
      },
      { key: 'maybe-span', sleep: { for: '1h' }, dependsOn: [], mapped: true, payload: seen() },
    ]);
  });

  it('leaves the key of an event and an instant to the worker', () => {
    const [waiting, sleeping] = drawn((w) => {
      w.waitForEvent('event', Scanned, { key: ({ input }) => input.to.join(), timeout: '3d' });
      w.sleep('instant', { until: () => new Date(0) });
    });
    const rest = { dependsOn: [], mapped: true, payload: seen() };
    assert.deepEqual(waiting, { key: 'event', waitForEvent: { event: 'scanned', timeout: '3d' }, ...rest });
    assert.deepEqual(sleeping, { key: 'instant', sleep: {}, ...rest });
  });

  const cases: readonly (readonly [string, (w: GraphBuilder<never>) => Ref<unknown>, string, string])[] = [
    ['no timeout', (w) => w.waitFor('s', Approved, {} as never), 'invalid_definition', 'timeout'],
    ['a timeout of nothing', (w) => w.waitFor('s', Approved, { timeout: 0 }), 'invalid_definition', 'timeout'],
    ['a name as signal', (w) => w.waitFor('s', 'approved' as never, { timeout: 1 }), 'invalid_definition', 'a signal'],
    ['a signal as event', (w) => w.waitForEvent('s', Approved as never, {} as never), 'invalid_definition', 'an event'],
    [
      'an event without a key',
      (w) => w.waitForEvent('s', event({ id: 'e', payload: z.object({}) }), { key: () => 'a' as never, timeout: 1 }),
      'invalid_definition',
      'has no key',
    ],
    ['no key', (w) => w.waitForEvent('s', Scanned, { timeout: 1 } as never), 'invalid_definition', 'key'],
    ['neither span nor instant', (w) => w.sleep('s', {} as never), 'invalid_definition', '"for" or "until"'],
    ['an instant as text', (w) => w.sleep('s', { until: '2030' as never }), 'invalid_definition', 'until'],
    ['a span in words', (w) => w.sleep('s', { for: '1 hour' as never }), 'invalid_definition', 'sleep/for'],
    [
      'something to undo',
      (w) => w.waitFor('s', Approved, { timeout: 1, compensate: { task: undo } } as never),
      'unknown_option',
      'compensate',
    ],
    ['a point of no return', (w) => w.sleep('s', { for: 1, commit: true } as never), 'unknown_option', 'commit'],
  ];
  for (const [what, draw, code, naming] of cases) {
    it(`refuses ${what}`, () => {
      assert.throws(untyped(draw), refused(code, naming));
    });
  }
});

describe('toMermaid()', () => {
  it('shows kinds, conditions and what undoes a step', () => {
    const all = workflow({ id: 'outer', input: z.object({ to: z.array(z.string()) }) }, (w) => {
      const first = w.step('first', send, {
        label: 'Send "it" #1',
        when: ({ input }) => input.to.length > 0,
        input: () => ({ to: '' }),
        compensate: { task: undo, input: () => ({ id: '' }) },
      });
      const mails = w.each('mails', send, { needs: { first }, over: ({ input }) => input.to, input: (to) => ({ to }) });
      const child = w.child('child', inner, { needs: { first }, input: () => ({ n: 1 }), when: () => true });
      const approval = w.waitFor('approval', Approved, { needs: { mails, child }, timeout: '1d' });
      const scan = w.waitForEvent('scan', Scanned, { needs: { approval }, key: () => 'a', timeout: '1d' });
      const nap = w.sleep('nap', { needs: { scan }, for: '1d' });
      const inline = w.run('inline', { needs: { nap } }, () => 1);
      return w.output({ inline }, () => 1);
    });
    assert.equal(
      all.toMermaid(),
      [
        'flowchart LR',
        '  s0["Send #quot;it#quot; #35;1<br/>when"]',
        '  s0u["undo"]',
        '  s0 -. undo .-> s0u',
        '  s1[["mails<br/>for each send"]]',
        '  s2[["child<br/>workflow inner@7"]]',
        '  s3(["approval<br/>signal approved"])',
        '  s4(["scan<br/>event scanned"])',
        '  s5(["nap<br/>sleep"])',
        '  s6["inline"]',
        '  s7["$output"]',
        '  s0 --> s1',
        '  s0 -->|when| s2',
        '  s1 --> s3',
        '  s2 --> s3',
        '  s3 --> s4',
        '  s4 --> s5',
        '  s5 --> s6',
        '  s6 --> s7',
      ].join('\n'),
    );
  });
});
