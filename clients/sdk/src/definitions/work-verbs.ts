import type { GraphDrawing } from './graph-drawing.ts';
import type { LooseMapping, LooseOptions, Ref } from './step-options.ts';
import { carryingRequest } from './step-request.ts';
import type { AnyTask, Carrying } from './task.ts';
import type { AnyWorkflow } from './workflow-graph.ts';

/** What names a definition. */
export interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** Types of the platform's own work; each names the definition, so that it reaches only workers that hold it. */
export const outputType = ({ id, version }: Versioned): string => `taskflow.output/${id}@${version}`;
export const runType = ({ id, version }: Versioned): string => `taskflow.run/${id}@${version}`;
export const prepareType = ({ id, version }: Versioned): string => `taskflow.prepare/${id}@${version}`;

interface WithInput extends LooseOptions, Carrying {
  readonly input: LooseMapping;
}
interface EachLoose extends WithInput {
  readonly over: LooseMapping;
  readonly concurrency?: number;
  readonly tolerate?: number;
}
interface ChildLoose extends WithInput {
  readonly onParentClose?: 'cancel' | 'abandon';
}

const ofCarrying = ['queue', 'priority', 'retry', 'timeout'];
const ofUndoing = ['compensate', 'commit'];

/** The verbs whose steps do work. */
export function workVerbs(drawing: GraphDrawing, definition: Versioned) {
  const step = (key: string, task: AnyTask, options: WithInput): Ref<never> =>
    drawing.add(key, options, { known: [...ofCarrying, ...ofUndoing, 'input'], carrying: options }, (place) => {
      drawing.definition(place, 'task', task);
      return {
        work: { kind: 'task', task, input: drawing.mapping(place, 'input', options.input) },
        request: { type: task.id, ...carryingRequest(task, options) },
        mapped: true,
      };
    });

  const run = (key: string, options: LooseOptions & Carrying, inline: LooseMapping): Ref<never> =>
    drawing.add(key, options, { known: [...ofCarrying, ...ofUndoing], carrying: options }, (place) => ({
      work: { kind: 'run', inline: drawing.mapping(place, 'the third argument', inline) },
      request: { type: runType(definition), ...carryingRequest({}, options) },
      mapped: true,
    }));

  const each = (key: string, task: AnyTask, options: EachLoose): Ref<never> => {
    const known = [...ofCarrying, ...ofUndoing, 'input', 'over', 'concurrency', 'tolerate'];
    return drawing.add(key, options, { known, carrying: options }, (place) => {
      drawing.definition(place, 'task', task);
      const over = drawing.mapping(place, 'over', options.over);
      const input = drawing.mapping(place, 'input', options.input);
      const { concurrency, tolerate } = options;
      const form = { ...(concurrency !== undefined && { concurrency }), ...(tolerate !== undefined && { tolerate }) };
      drawing.checkForm(place, 'each', form);
      return {
        work: { kind: 'each', task, over, input, tolerant: tolerate !== undefined },
        request: { type: task.id, each: form, ...carryingRequest(task, options) },
        mapped: true,
      };
    });
  };

  const child = (key: string, workflow: AnyWorkflow, options: ChildLoose): Ref<never> =>
    drawing.add(key, options, { known: [...ofUndoing, 'input', 'onParentClose'], unavailable: ofCarrying }, (place) => {
      drawing.definition(place, 'workflow', workflow);
      const input = drawing.mapping(place, 'input', options.input);
      const { onParentClose } = options;
      const { id, version } = workflow;
      const form = { definition: id, version, ...(onParentClose !== undefined && { onParentClose }) };
      drawing.checkForm(place, 'child', form);
      return { work: { kind: 'child', workflow, input }, request: { child: form }, mapped: true };
    });

  return { step, run, each, child };
}
