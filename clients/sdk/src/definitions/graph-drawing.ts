import { InvalidInputError } from '../errors.ts';
import { checkExecutionOptions, checkForm, checkName, checkStepKey, maxSteps, type StepForm } from './check.ts';
import { isMarked } from './definition-mark.ts';
import { refuseUnavailable, refuseUnknown } from './not-available.ts';
import type { UncheckedMapping, UncheckedOptions, Needs, Ref } from './step-options.ts';
import { compensationRequest, neededBy, graphRequest, type StepRequest } from './step-request.ts';
import type { ExecutionOptions } from './task.ts';
import type { CodeStep, StepWork, Compensation, WorkflowGraph } from './workflow-graph.ts';

/** The last, internal step of a workflow defined in code: it maps results to the output. */
export const outputStepKey = '$output';

/** The part of a graph that one verb adds. */
export interface Drawn {
  readonly work: StepWork;
  readonly request: Partial<StepRequest>;
  /** A worker has to evaluate functions of the step. */
  readonly mapped: boolean;
}

/** Which options a verb takes beside those that every step has. */
export interface VerbOptions {
  readonly known: readonly string[];
  /** Named in the API for this verb, and refused. */
  readonly unavailable?: readonly string[];
  readonly execution?: ExecutionOptions;
}

const everyStep = ['needs', 'when', 'onError', 'label', 'sla'];
const compensateNames = ['task', 'input', 'unknown', 'queue', 'priority', 'retry', 'timeout'];
const maxLabel = 200;
/** Names that mappings see beside the results of needed steps, and that no member of an object can have. */
const ownNames = ['input', 'output', '__proto__'];

/**
 * Collects the steps of one workflow. Handles can only name steps that stand before, so no cycle can be drawn; what a
 * handle cannot exclude is refused here: a name twice, a handle of another workflow, too many steps.
 */
export class GraphDrawing {
  readonly #owner: string;
  readonly #steps = new Map<string, CodeStep>();
  readonly #requests: StepRequest[] = [];
  readonly #handles = new Map<unknown, CodeStep>();

  constructor(owner: string) {
    this.#owner = owner;
  }

  refuse(reason: string): never {
    throw new InvalidInputError('invalid_definition', `${this.#owner}: ${reason}`);
  }

  /** A step that the build function names. */
  add(key: string, options: UncheckedOptions, verb: VerbOptions, draw: (place: string) => Drawn): Ref<never> {
    const place = `step "${key}"`;
    const owner = `${this.#owner}: ${place}`;
    refuseUnavailable(owner, options, ['sla', ...(verb.unavailable ?? [])]);
    refuseUnknown(owner, options, [...everyStep, ...verb.known]);
    checkStepKey(owner, key);
    if (verb.execution !== undefined) checkExecutionOptions(owner, verb.execution);
    if (key.startsWith('$')) this.refuse(`${place}: names that begin with $ are reserved`);
    this.#checkOptions(place, options);
    const drawn = draw(place);
    return this.#place(key, options, drawn, this.#compensation(place, owner, options));
  }

  addOutput(needs: Needs, drawn: Drawn): void {
    if (Object.keys(needs).length === 0) this.refuse('w.output needs at least one step');
    this.#place(outputStepKey, { needs }, drawn, undefined);
  }

  finish(more: Pick<WorkflowGraph['registered'], 'output' | 'onFailure'>): WorkflowGraph {
    return Object.freeze({ steps: this.#steps, registered: { steps: this.#requests, ...more } });
  }

  /** A function that the worker will evaluate. */
  mapping(place: string, name: string, mapping: unknown): UncheckedMapping {
    if (typeof mapping !== 'function') return this.refuse(`${place}: ${name} must be a function`);
    return mapping as UncheckedMapping;
  }

  /** Checks the second argument of a verb. */
  definition(place: string, kind: 'task' | 'workflow' | 'signal' | 'event', given: unknown): void {
    if (!isMarked(given) || given.kind !== kind)
      this.refuse(`${place}: the second argument must be ${kind === 'event' ? 'an' : 'a'} ${kind}`);
  }

  /** Checks what a step does in place of a task. */
  checkForm(place: string, kind: StepForm, form: unknown): void {
    checkForm(`${this.#owner}: ${place}`, kind, form);
  }

  #place(key: string, options: UncheckedOptions, drawn: Drawn, compensate: Compensation | undefined): Ref<never> {
    if (this.#steps.has(key)) this.refuse(`two steps are named "${key}"`);
    if (this.#steps.size >= maxSteps) this.refuse(`more than ${maxSteps} steps`);
    const place = key === outputStepKey ? 'output' : `step "${key}"`;
    const needs = this.#needed(place, options.needs ?? {});
    const { label, when } = options;
    const step: CodeStep = Object.freeze({ key, label, work: drawn.work, needs, when, compensate });
    const compensation = compensate && compensationRequest(key, needs, compensate, options.compensate ?? {});
    this.#steps.set(key, step);
    this.#requests.push({
      key,
      ...drawn.request,
      ...neededBy(needs, drawn.mapped || when !== undefined),
      ...graphRequest(options),
      ...(compensation && { compensation }),
    });
    const handle: Ref<never> = Object.freeze({ name: key });
    this.#handles.set(handle, step);
    return handle;
  }

  #needed(place: string, needs: Needs): ReadonlyMap<string, CodeStep> {
    const steps = new Map<string, CodeStep>();
    for (const [name, handle] of Object.entries(needs)) {
      if (ownNames.includes(name)) {
        this.refuse(`${place}: "${name}" has a meaning of its own in mappings and cannot be a name in needs`);
      }
      const step = this.#handles.get(handle);
      if (step === undefined) return this.refuse(`${place}: needs.${name} is no step of this workflow`);
      steps.set(name, step);
    }
    return steps;
  }

  #checkOptions(place: string, { when, onError, label, commit }: UncheckedOptions): void {
    if (when !== undefined) this.mapping(place, 'when', when);
    if (onError !== undefined && onError !== 'fail' && onError !== 'continue') {
      this.refuse(`${place}: onError must be "fail" or "continue"`);
    }
    if (commit !== undefined && typeof commit !== 'boolean') this.refuse(`${place}: commit must be true or false`);
    if (label !== undefined && (typeof label !== 'string' || label === '' || label.length > maxLabel)) {
      this.refuse(`${place}: label must be a text of 1 to ${maxLabel} characters`);
    }
  }

  #compensation(place: string, owner: string, { compensate }: UncheckedOptions): Compensation | undefined {
    if (compensate === undefined) return undefined;
    refuseUnknown(`${owner}: compensate`, compensate, compensateNames);
    checkExecutionOptions(`${owner}: compensate`, compensate);
    const { task, unknown } = compensate;
    if (!isMarked(task) || task.kind !== 'task') return this.refuse(`${place}: compensate.task must be a task`);
    checkName(`${owner}: compensate.task`, task.id);
    if (unknown !== undefined) this.mapping(place, 'compensate.unknown', unknown);
    return { task, input: this.mapping(place, 'compensate.input', compensate.input), unknown };
  }
}
