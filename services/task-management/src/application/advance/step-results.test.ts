import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGraph } from '../../domain/workflow/compile-graph.ts';
import { startedState } from '../../domain/workflow/decide-workflow.ts';
import { jsonSource } from '../../domain/workflow/json-source.ts';
import type { Reference } from '../../domain/workflow/payload-template.ts';
import { stepState } from '../../domain/workflow/workflow-state.ts';
import { readingOf, type StepResults } from './step-results.ts';
import type { WorkflowRun } from './workflow-run.ts';

test('what a step gave is looked up once, however many references read it', () => {
  const compilation = compileGraph({ steps: ['a', 'b'].map((key) => ({ key, type: 'work' })) });
  assert.ok('graph' in compilation);
  const { graph } = compilation;
  const state = startedState(graph);
  state.steps.fill(stepState.completed);
  const asked: string[] = [];
  const results = {
    sourceOf: (_run: WorkflowRun, address: string) => {
      asked.push(address);
      return jsonSource(JSON.stringify({ n: address }));
    },
  } as Partial<StepResults> as StepResults;
  const { valueOf } = readingOf({ graph, state } as Partial<WorkflowRun> as WorkflowRun, results);

  const reference = (step: string): Reference => ({
    source: 'step',
    step,
    path: ['n'],
    text: `steps.${step}.result.n`,
    fallback: undefined,
  });
  for (const step of ['a', 'b', 'a', 'b', 'a']) {
    assert.equal(valueOf(reference(step))?.value(['n']), step);
  }
  assert.equal(valueOf(reference('nobody')), undefined);
  assert.deepEqual(asked, ['a', 'b']);
});
