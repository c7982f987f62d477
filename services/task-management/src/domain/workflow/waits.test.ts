import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, started } from '../../../testing/workflow-script.ts';
import { maxKeptSignals } from './waits.ts';

const waiting = (key: string, kind: string) => [
  `add-row ${key} open`,
  `start-timer ${key} ${kind}`,
  `emit step-waiting ${key}`,
];

describe('a workflow that waits', () => {
  test('says so while nothing is at work', () => {
    const script = started(graphOf({ a: {}, nap: { sleep: { for: 5 } }, b: { dependsOn: ['nap'] } }));
    assert.deepEqual(script.first, ['start-task a', ...waiting('nap', 'sleep')]);
    assert.equal(script.instance.state.status, 'running');
    assert.deepEqual(script.ends('a', 'completed'), []);
    assert.equal(script.instance.state.status, 'waiting');
    assert.deepEqual(script.ends('nap', 'completed'), [
      'end-row nap completed',
      'emit step-settled nap completed',
      'start-task b',
    ]);
    assert.equal(script.instance.state.status, 'running');
  });

  test('fails where a wait gives up', () => {
    for (const step of [
      { waitForSignal: { signal: 'paid', timeout: 5 } },
      { waitForEvent: { event: 'paid', key: 'k', timeout: 5 } },
    ]) {
      const script = started(graphOf({ paid: step }));
      assert.deepEqual(script.ends('paid', 'failed'), [
        'end-row paid failed',
        'emit step-settled paid failed',
        'emit failed paid',
        'end-workflow failed',
      ]);
      assert.match(String(script.instance.error), /wait_timed_out.*did not come within 5 ms/);
    }
  });

  test('for a prepared step goes on with what the preparation gives', () => {
    const script = started(graphOf({ paid: { mapped: true, waitForEvent: { event: 'paid', timeout: 5 } } }));
    assert.deepEqual(script.first, ['start-task paid/prepare']);
    assert.equal(script.at('paid'), 'preparing');
    assert.deepEqual(script.ends('paid', 'completed'), waiting('paid', 'event'));
    assert.equal(script.instance.state.status, 'waiting');
  });

  test('skips, fails or cancels a step as its preparation ends', () => {
    for (const [outcome, effects] of [
      ['skipped', ['emit step-skipped nap', 'emit completed', 'end-workflow completed']],
      ['failed', ['emit failed nap', 'end-workflow failed']],
      ['cancelled', ['emit failed nap', 'end-workflow failed']],
    ] as const) {
      const script = started(graphOf({ nap: { mapped: true, sleep: {} } }));
      const reported = script.ends('nap', outcome).filter((effect) => !effect.startsWith('emit step-settled'));
      assert.deepEqual(reported, effects, outcome);
    }
  });

  test('ends its waits when it fails, and asks its children to end', () => {
    const graph = graphOf({
      a: {},
      nap: { sleep: { for: 5 } },
      own: { child: { definition: 'child' } },
      other: { child: { definition: 'child', onParentClose: 'abandon' } },
    });
    const script = started(graph);
    assert.deepEqual(script.ends('a', 'failed'), [
      'end-row nap cancelled',
      'stop-timer nap',
      'emit step-settled nap cancelled',
      'cancel-child own (compensate)',
      'end-row other cancelled',
      'emit step-settled other cancelled',
      'emit failed a',
      'end-workflow failed',
    ]);
    assert.deepEqual(script.ends('own', 'cancelled'), ['end-row own cancelled', 'emit step-settled own cancelled']);
  });

  test('takes a step back that had not started', () => {
    const script = started(graphOf({ a: {}, nap: { sleep: { for: 5 }, dependsOn: ['b'] }, b: {} }), { isSilent: true });
    const read = { prepared: false, laid: undefined, alone: false, reading: undefined, child: undefined };
    assert.equal(script.at('b'), 'ready');
    script.when({ kind: 'cancel', compensate: false, reason: null });
    assert.deepEqual(script.when({ kind: 'start-step', step: script.step('b'), ...read }), []);
    assert.equal(script.at('b'), 'blocked');
  });
});

describe('a signal', () => {
  const graph = graphOf({
    a: {},
    paid: { waitForSignal: { signal: 'paid', timeout: 5 }, dependsOn: ['a'] },
    again: { waitForSignal: { signal: 'paid', timeout: 5 }, dependsOn: ['a'] },
  });
  const signal = { kind: 'signal-came', name: 'paid', payload: '1' } as const;
  const received = (key: string) => [
    `end-row ${key} completed`,
    `stop-timer ${key}`,
    `emit step-settled ${key} completed`,
  ];

  test('reaches the step that has waited longest for it', () => {
    const script = started(graph);
    script.ends('a', 'completed');
    assert.deepEqual(script.when(signal), received('paid'));
    assert.deepEqual(script.when(signal).slice(0, 3), received('again'));
  });

  test('is kept for the next step that will wait, as often as it came, and no more than so often', () => {
    const script = started(graph);
    assert.deepEqual(script.when(signal), ['keep-signal paid']);
    assert.deepEqual(script.ends('a', 'completed'), [
      ...waiting('paid', 'signal'),
      ...waiting('again', 'signal'),
      ...received('paid'),
    ]);
    assert.equal(script.instance.extras?.signals.get('paid'), 0);
    const patient = started(graph);
    for (let i = 0; i < maxKeptSignals; i++) patient.when(signal);
    assert.equal(patient.refusal(signal), 'too_many_signals');
  });

  test('is refused that no step waits for, and by a workflow whose steps do not start any more', () => {
    const script = started(graph);
    assert.equal(script.refusal({ ...signal, name: 'other' }), 'signal_not_expected');
    script.when({ kind: 'cancel', compensate: false, reason: null });
    assert.equal(script.refusal(signal), 'cancel_requested');
    script.ends('a', 'cancelled');
    assert.equal(script.refusal(signal), 'already_finished');
    const compensating = started(
      graphOf({ a: { compensation: { type: 'undo' } }, s: { waitForSignal: { signal: 'paid', timeout: 5 } }, x: {} }),
    );
    compensating.ends('a', 'completed');
    compensating.ends('x', 'failed');
    assert.equal(compensating.refusal(signal), 'already_compensating');
  });
});
