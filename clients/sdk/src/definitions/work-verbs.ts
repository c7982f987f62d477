import type { GraphDrawing } from './graph-drawing.ts';
import type { UncheckedMapping, UncheckedOptions, Ref } from './step-options.ts';
import { executionRequest } from './step-request.ts';
import type { AnyTask, ExecutionOptions } from './task.ts';
import type { AnyWorkflow } from './workflow-graph.ts';

/** The name of a definition. */
export interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** Types of the platform's own work; each names the definition, so that it reaches only workers that hold it. */
export const outputType = ({ id, version }: Versioned): string => `taskflow.output/${id}@${version}`;
export const runType = ({ id, version }: Versioned): string => `taskflow.run/${id}@${version}`;
export const prepareType = ({ id, version }: Versioned): string => `taskflow.prepare/${id}@${version}`;

interface UncheckedStepOptions extends UncheckedOptions, ExecutionOptions {
  readonly input: UncheckedMapping;
}
interface UncheckedEachOptions extends UncheckedStepOptions {
  readonly over: UncheckedMapping;
  readonly concurrency?: number;
  readonly tolerate?: number;
}
interface UncheckedChildOptions extends UncheckedStepOptions {
  readonly onParentClose?: 'cancel' | 'abandon';
}

const executionNames = ['queue', 'priority', 'retry', 'timeout'];
const compensationNames = ['compensate', 'commit'];

/** The verbs whose steps do work. */
export function workVerbs(drawing: GraphDrawing, definition: Versioned) {
  const step = (key: string, task: AnyTask, options: UncheckedStepOptions): Ref<never> =>
    drawing.add(
      key,
      options,
      { known: [...executionNames, ...compensationNames, 'input'], execution: options },
      (place) => {
        drawing.definition(place, 'task', task);
        return {
          work: { kind: 'task', task, input: drawing.mapping(place, 'input', options.input) },
          request: { type: task.id, ...executionRequest(task, options) },
          mapped: true,
        };
      },
    );

  const run = (key: string, options: UncheckedOptions & ExecutionOptions, inline: UncheckedMapping): Ref<never> =>
    drawing.add(key, options, { known: [...executionNames, ...compensationNames], execution: options }, (place) => ({
      work: { kind: 'run', inline: drawing.mapping(place, 'the third argument', inline) },
      request: { type: runType(definition), ...executionRequest({}, options) },
      mapped: true,
    }));

  const each = (key: string, task: AnyTask, options: UncheckedEachOptions): Ref<never> => {
    const known = [...executionNames, ...compensationNames, 'input', 'over', 'concurrency', 'tolerate'];
    return drawing.add(key, options, { known, execution: options }, (place) => {
      drawing.definition(place, 'task', task);
      const over = drawing.mapping(place, 'over', options.over);
      const input = drawing.mapping(place, 'input', options.input);
      const { concurrency, tolerate } = options;
      const form = { ...(concurrency !== undefined && { concurrency }), ...(tolerate !== undefined && { tolerate }) };
      drawing.checkForm(place, 'each', form);
      return {
        work: { kind: 'each', task, over, input, tolerant: tolerate !== undefined },
        request: { type: task.id, each: form, ...executionRequest(task, options) },
        mapped: true,
      };
    });
  };

  const child = (key: string, workflow: AnyWorkflow, options: UncheckedChildOptions): Ref<never> =>
    drawing.add(
      key,
      options,
      { known: [...compensationNames, 'input', 'onParentClose'], unavailable: executionNames },
      (place) => {
        drawing.definition(place, 'workflow', workflow);
        const input = drawing.mapping(place, 'input', options.input);
        const { onParentClose } = options;
        const { id, version } = workflow;
        const form = { definition: id, version, ...(onParentClose !== undefined && { onParentClose }) };
        drawing.checkForm(place, 'child', form);
        return { work: { kind: 'child', workflow, input }, request: { child: form }, mapped: true };
      },
    );

  return { step, run, each, child };
}
