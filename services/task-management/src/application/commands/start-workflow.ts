import type { Incarnation } from '@taskflow/kit-lifecycle';
import type { Clock, Ids } from '@taskflow/kit-time';
import { mappedInline } from '../../domain/workflow/compile-graph.ts';
import type { CompiledGraph, GraphDefinition, GraphProblem } from '../../domain/workflow/graph.ts';
import { jsonSource } from '../../domain/workflow/json-source.ts';
import { type AskedWorkflow, firstSteps, type FirstSteps, type StartBounds } from '../advance/first-steps.ts';
import type { CompiledGraphs } from '../graphs/compiled-graphs.ts';
import type { KnownDefinitions } from '../graphs/known-definitions.ts';
import type { Digest } from '../ports/digest.ts';
import type { ReadingStore } from '../ports/reading-store.ts';
import type { NewWorkflow, StoredGraph } from '../records/workflow-record.ts';
import { claimOf, type RequestOrigin } from './create-tasks.ts';
import type { CreationWriter } from './creation-writer.ts';

export interface WorkflowRequest {
  readonly what:
    | { readonly name: string; readonly graph: GraphDefinition }
    /** The latest version unless one is named. */
    | { readonly definition: string; readonly version: number | undefined };
  /** JSON text. */
  readonly input: string;
  readonly priority: number | undefined;
}

export interface InputProblem {
  readonly code: string;
  readonly steps: readonly string[];
  readonly detail: string;
}

export type StartWorkflowResult =
  | { readonly workflow: NewWorkflow; readonly first: FirstSteps }
  | { readonly replayed: string }
  | { readonly refusal: 'key-mismatch' }
  | { readonly refusal: 'unknown-definition' }
  | { readonly refusal: 'invalid-graph'; readonly problems: readonly GraphProblem[] }
  | { readonly refusal: 'unfit-input'; readonly problems: readonly InputProblem[] };

export interface StartWorkflowDependencies {
  readonly writer: CreationWriter;
  readonly reading: Pick<ReadingStore, 'readDefinition'>;
  readonly graphs: CompiledGraphs;
  readonly known: KnownDefinitions;
  readonly incarnation: Pick<Incarnation, 'epoch'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly digest: Digest;
  readonly bounds?: StartBounds | undefined;
}

interface Startable {
  readonly name: string;
  readonly version: number | undefined;
  readonly stored: StoredGraph;
}

/** Starts a workflow together with the tasks of its first steps; durable when it resolves. */
export function createStartWorkflow(dependencies: StartWorkflowDependencies) {
  const { writer, clock, ids, digest, bounds } = dependencies;
  const find = findStartable(dependencies);

  return async (request: WorkflowRequest, origin: RequestOrigin): Promise<StartWorkflowResult> => {
    const found = await find(request, origin.tenantId);
    if ('refusal' in found) return found;
    const problems = checkInput(found.stored.graph, request.input);
    if (problems.length > 0) return { refusal: 'unfit-input', problems };
    const asked: AskedWorkflow = {
      tenantId: origin.tenantId,
      id: ids.next(),
      ...found,
      input: request.input,
      options: { priority: request.priority, traceparent: origin.traceparent },
      createdAt: clock.now(),
    };
    const first = firstSteps(asked, bounds);
    if ('code' in first) {
      const { code, step, detail } = first;
      return { refusal: 'unfit-input', problems: [{ code, steps: [step], detail }] };
    }
    const { workflow, tasks } = first;
    const claim = claimOf(origin, [workflow.id], workflow.createdAt, digest);
    const outcome = await writer.submit({ tenantId: origin.tenantId, tasks, first, claim });
    if (outcome.kind === 'created') return { workflow, first };
    if (outcome.kind === 'key-mismatch') return { refusal: 'key-mismatch' };
    return { replayed: outcome.subjectIds[0] as string };
  };
}

function findStartable({ reading, graphs, known, incarnation }: StartWorkflowDependencies) {
  return async (
    { what }: WorkflowRequest,
    tenantId: string,
  ): Promise<Startable | Extract<StartWorkflowResult, { refusal: string }>> => {
    if ('graph' in what) {
      const compiled = graphs.compile(what.graph);
      if ('problems' in compiled) return { refusal: 'invalid-graph', problems: compiled.problems };
      const unheld = mappedInline(compiled.graph);
      if (unheld.length > 0) return { refusal: 'invalid-graph', problems: unheld };
      return { name: what.name, version: undefined, stored: compiled };
    }
    const kept = what.version === undefined ? undefined : known.get(tenantId, what.definition, what.version);
    if (kept) return kept;
    const { epoch } = incarnation;
    const record = await reading.readDefinition(tenantId, what.definition, what.version);
    if (record === undefined) return { refusal: 'unknown-definition' };
    const { name, version, hash, graph: text } = record;
    const startable = { name, version, stored: { hash, text, graph: graphs.compiled(hash, text) } };
    // What was read in an earlier run of the database need not be there any more.
    if (incarnation.epoch !== epoch) return startable;
    graphs.add(tenantId, hash);
    known.add(tenantId, startable);
    return startable;
  };
}

/** Every `input.<path>` must exist: found out now, it is an answer; found out later, it would be a failed workflow. */
function checkInput(graph: CompiledGraph, input: string): InputProblem[] {
  const problems: InputProblem[] = [];
  const source = jsonSource(input);
  for (const { key, inputs } of graph.steps) {
    for (const reference of inputs) {
      if (problems.length >= 50 || source.value(reference.path) !== undefined) continue;
      const detail = `The step "${key}" reads "${reference.text}", and the input has no such value.`;
      problems.push({ code: 'reference_not_found', steps: [key], detail });
    }
  }
  return problems;
}
