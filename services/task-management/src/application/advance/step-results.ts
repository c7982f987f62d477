import { stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import type { Settlement } from '../../domain/task/settlement.ts';
import { type JsonSource, jsonSource } from '../../domain/workflow/json-source.ts';
import type { Reference, ValueOf } from '../../domain/workflow/payload-template.ts';
import { type AdvanceTransaction, type Key, tooLarge } from '../ports/advance-store.ts';
import { settlementKey } from './fold-facts.ts';
import { addressOf, generationOf, rowId, type WorkflowRun } from './workflow-run.ts';

/** Folded facts by task and generation. */
export type Settlements = ReadonlyMap<string, Settlement>;

/** A row whose result is needed. */
export interface ResultNeed {
  readonly run: WorkflowRun;
  /** Address of the row. */
  readonly address: string;
}

/** Results that a turn needs: those that it brought itself are at hand, the others are read, a round's together. */
export interface StepResults {
  /** A step ended in this turn with this result, JSON text. */
  put(run: WorkflowRun, address: string, result: string): void;
  /** Reads those that are not at hand, by one statement. */
  load(needs: readonly ResultNeed[]): Promise<void>;
  /** Reads again those of them that were too large beside others. */
  reload(needs: readonly ResultNeed[]): Promise<void>;
  /** JSON text. `null` stands for a row without a result. */
  of(run: WorkflowRun, address: string): string | typeof tooLarge;
  /** The same for templates, which take parts of it; parsed once in the turn. */
  sourceOf(run: WorkflowRun, address: string): JsonSource | typeof tooLarge;
  /** The workflow's input, likewise. */
  inputOf(run: WorkflowRun): JsonSource;
}

/** At most `readBytes` are read in the turn, and as many once more for what is read by itself. */
export function createStepResults(tx: AdvanceTransaction, settlements: Settlements, readBytes: number): StepResults {
  let left = readBytes;
  const known = new Map<string, string | typeof tooLarge>();
  /** By the row, or for an input by the workflow. */
  const sources = new Map<string, JsonSource>();

  function source(id: string, text: string): JsonSource {
    const kept = sources.get(id);
    if (kept?.text === text) return kept;
    const made = jsonSource(text);
    sources.set(id, made);
    return made;
  }

  function atHand(run: WorkflowRun, address: string, id: string): string | typeof tooLarge | undefined {
    const found = known.get(id);
    if (found !== undefined) return found;
    const settlement = settlements.get(settlementKey(id, generationOf(run, address)));
    return settlement?.status === 'completed' ? (settlement.result ?? 'null') : undefined;
  }

  async function read(
    needs: readonly ResultNeed[],
    isMissing: (found: string | typeof tooLarge | undefined) => boolean,
    mostBytes: number,
  ): Promise<void> {
    const missing = new Map<string, Key>();
    for (const { run, address } of needs) {
      const id = rowId(run, address);
      if (isMissing(atHand(run, address, id))) missing.set(id, { tenantId: run.tenantId, id });
    }
    if (missing.size === 0) return;
    for (const [id, result] of await tx.loadResults([...missing.values()], mostBytes)) {
      known.set(id, result);
      if (result !== tooLarge) left -= result.length;
    }
  }

  const of = (run: WorkflowRun, address: string) => atHand(run, address, rowId(run, address)) ?? 'null';

  return {
    put: (run, address, result) => void known.set(rowId(run, address), result),
    load: (needs) => read(needs, (found) => found === undefined, Math.max(0, left)),
    reload: (needs) => read(needs, (found) => found === tooLarge, readBytes),
    of,
    sourceOf: (run, address) => {
      const text = of(run, address);
      return text === tooLarge ? tooLarge : source(rowId(run, address), text);
    },
    inputOf: (run) => source(run.id, run.input),
  };
}

/** The results of these steps of a run, where they completed. */
export function needsOf(run: WorkflowRun, steps: readonly number[]): ResultNeed[] {
  const needs: ResultNeed[] = [];
  for (const step of steps) {
    if (stateOf(run.state, step) === stepState.completed) needs.push({ run, address: addressOf(run, step) });
  }
  return needs;
}

export interface Reading {
  readonly valueOf: ValueOf;
  /** Whether a result that was asked for is too large to be read. */
  readonly oversized: boolean;
}

/**
 * How the templates of one run read what they refer to, while one step is worked out: what a step gave is looked up
 * once, because its row's id is a digest, and ten thousand references would otherwise take ten thousand of them.
 */
export function readingOf(run: WorkflowRun, results: StepResults): Reading {
  const reading = { valueOf, oversized: false };
  const found = new Map<string, JsonSource | undefined>();

  function valueOf(reference: Reference): JsonSource | undefined {
    if (reference.source !== 'step') return results.inputOf(run);
    const { step } = reference;
    if (!found.has(step)) found.set(step, resultOf(step));
    return found.get(step);
  }

  function resultOf(key: string): JsonSource | undefined {
    const step = run.graph.indexOf.get(key);
    if (step === undefined || stateOf(run.state, step) !== stepState.completed) return undefined;
    const result = results.sourceOf(run, addressOf(run, step));
    if (result !== tooLarge) return result;
    reading.oversized = true;
    return nothing;
  }

  return reading;
}

const nothing = jsonSource('null');
