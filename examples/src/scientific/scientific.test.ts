import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { criticalPathMs, sleepSteps } from './inline-workflow.ts';
import { readWfFormat, type RecordedWorkflow, wideWorkflow } from './wf-format.ts';

type Task = readonly [id: string, runtimeInSeconds: number, parents: readonly string[], children?: readonly string[]];

function aFile(...tasks: readonly Task[]): string {
  return JSON.stringify({
    name: 'made up',
    schemaVersion: '1.5',
    workflow: {
      specification: { tasks: tasks.map(([id, , parents, children = []]) => ({ id, parents, children })) },
      execution: { tasks: tasks.map(([id, runtimeInSeconds]) => ({ id, runtimeInSeconds })) },
    },
  });
}
const aWorkflow = (...tasks: readonly Task[]): RecordedWorkflow => readWfFormat(aFile(...tasks));

describe('a WfFormat file', () => {
  it('gives its graph, whether parents or children draw the edge', () => {
    const { steps } = aWorkflow(['a', 1, [], ['b']], ['b', 2, []], ['c', 3, ['a', 'b'], []]);
    assert.deepEqual(
      steps.map(({ id, parents }) => [id, parents]),
      [
        ['a', []],
        ['b', ['a']],
        ['c', ['a', 'b']],
      ],
    );
  });

  it('is refused with what is wrong with it', () => {
    assert.throws(() => readWfFormat('{"schemaVersion":"1.4"}'), /schemaVersion/);
    const withoutRuntime = aFile(['a', 1, []]).replace('"id":"a","runtimeInSeconds"', '"id":"b","runtimeInSeconds"');
    assert.throws(() => readWfFormat(withoutRuntime), /no runtime for task a/);
    assert.throws(() => sleepSteps(aWorkflow(['a', 1, ['gone']]), 1), /gone/);
  });

  it('reads the one that lies beside this program', async () => {
    const { steps } = readWfFormat(await readFile(new URL('../../data/peak-survey.json', import.meta.url), 'utf8'));
    assert.equal(steps.length, 14);
  });
});

describe('steps that sleep', () => {
  it('sleep for the runtime divided by the speed', () => {
    assert.deepEqual(sleepSteps(aWorkflow(['a', 12.345, []]), 10), [
      { key: 'a', type: 'taskflow.sleep', payload: { ms: 1_235 }, dependsOn: [] },
    ]);
  });

  it('have keys of their own, also where ids differ only in characters that a key cannot hold', () => {
    const steps = sleepSteps(aWorkflow(['x.1', 1, []], ['x:1', 1, ['x.1']], ['x_1', 1, ['x:1']], ['.', 1, ['x_1']]), 1);
    assert.deepEqual(
      steps.map(({ key, dependsOn }) => [key, dependsOn]),
      [
        ['x_1', []],
        ['x_1-2', ['x_1']],
        ['x_1-3', ['x_1-2']],
        ['t', ['x_1-3']],
      ],
    );
  });
});

describe('the critical path', () => {
  it('is the longest chain and not the sum', () => {
    const diamond = aWorkflow(
      ['top', 1, []],
      ['left', 5, ['top']],
      ['right', 2, ['top']],
      ['end', 1, ['left', 'right']],
    );
    assert.equal(criticalPathMs(sleepSteps(diamond, 1)), 7_000);
    assert.equal(criticalPathMs(sleepSteps(wideWorkflow(1_000, 3), 1)), 3_000);
  });

  it('is found in a chain of thousands', () => {
    const chain = Array.from({ length: 10_000 }, (_, n): Task => [`s${n}`, 0.001, n === 0 ? [] : [`s${n - 1}`]]);
    assert.equal(criticalPathMs(sleepSteps(aWorkflow(...chain.toReversed()), 1)), 10_000);
  });
});
