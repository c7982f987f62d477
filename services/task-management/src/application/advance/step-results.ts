import type { TaskUpdate } from '../../domain/task/task-update.ts';
import { type JsonSource, jsonSource } from '../../domain/workflow/json-source.ts';
import { completedOf, type StepReading, tooLarge } from '../../domain/workflow/step-reading.ts';
import type { AdvanceTransaction, Key } from '../ports/advance-store.ts';
import { updateKey } from './merge-events.ts';
import { addressOf, generationOf, rowId, type WorkflowInstance } from './workflow-instance.ts';

/** A row whose result is needed. */
export interface ResultNeed {
  readonly instance: WorkflowInstance;
  /** Address of the row. */
  readonly address: string;
}

/**
 * Results that a transaction needs: those that it brought itself are at hand, the others are read, a pass's together. At
 * most `readBytes` are read in the transaction, and as many once more for what is read by itself.
 */
export class StepResults {
  readonly #tx: AdvanceTransaction;
  readonly #updates: ReadonlyMap<string, TaskUpdate>;
  readonly #readBytes: number;
  #left: number;
  readonly #known = new Map<string, string | typeof tooLarge>();
  /** By the row, or for an input by the workflow; each is parsed once in the transaction. */
  readonly #sources = new Map<string, JsonSource>();

  constructor(tx: AdvanceTransaction, updates: ReadonlyMap<string, TaskUpdate>, readBytes: number) {
    this.#tx = tx;
    this.#updates = updates;
    this.#readBytes = readBytes;
    this.#left = readBytes;
  }

  /** A step ended in this transaction with this result, JSON text. */
  put(instance: WorkflowInstance, address: string, result: string): void {
    this.#known.set(rowId(instance, address), result);
  }

  /** Reads those that are not at hand, by one statement. */
  load(needs: readonly ResultNeed[]): Promise<void> {
    return this.#read(needs, undefined, Math.max(0, this.#left));
  }

  /** Reads again those of them that were too large beside others. */
  reload(needs: readonly ResultNeed[]): Promise<void> {
    return this.#read(needs, tooLarge, this.#readBytes);
  }

  /** Those of which this is known. */
  async #read(needs: readonly ResultNeed[], known: undefined | typeof tooLarge, maxBytes: number): Promise<void> {
    const missing = new Map<string, Key>();
    for (const { instance, address } of needs) {
      const id = rowId(instance, address);
      if (this.#atHand(instance, address, id) === known) missing.set(id, { tenantId: instance.tenantId, id });
    }
    if (missing.size === 0) return;
    for (const [id, result] of await this.#tx.loadResults([...missing.values()], maxBytes)) {
      this.#known.set(id, result);
      if (result !== tooLarge) this.#left -= result.length;
    }
  }

  #atHand(instance: WorkflowInstance, address: string, id: string): string | typeof tooLarge | undefined {
    const found = this.#known.get(id);
    if (found !== undefined) return found;
    const update = this.#updates.get(updateKey(id, generationOf(instance, address)));
    return update?.status === 'completed' ? (update.result ?? 'null') : undefined;
  }

  /** JSON text. `null` stands for a row without a result. */
  of(instance: WorkflowInstance, address: string, id = rowId(instance, address)): string | typeof tooLarge {
    return this.#atHand(instance, address, id) ?? 'null';
  }

  /** The same for templates, which take parts of it. */
  sourceOf(instance: WorkflowInstance, address: string): JsonSource | typeof tooLarge {
    const id = rowId(instance, address);
    const text = this.of(instance, address, id);
    return text === tooLarge ? tooLarge : this.#source(id, text);
  }

  /** The workflow's input, likewise. */
  inputOf({ id, input }: WorkflowInstance): JsonSource {
    return this.#source(id, input);
  }

  #source(id: string, text: string): JsonSource {
    const kept = this.#sources.get(id);
    if (kept?.text === text) return kept;
    const made = jsonSource(text);
    this.#sources.set(id, made);
    return made;
  }
}

/** The results of these steps, where they completed. */
export function needsOf(instance: WorkflowInstance, steps: readonly number[]): readonly ResultNeed[] {
  if (steps.length === 0) return noResults;
  return completedOf(instance, steps).map((step) => ({ instance, address: addressOf(instance, step) }));
}

const noResults: readonly ResultNeed[] = [];

/** Gives transitions of one workflow what they read. */
export class InstanceReading implements StepReading {
  readonly #instance: WorkflowInstance;
  readonly #results: StepResults;

  constructor(instance: WorkflowInstance, results: StepResults) {
    this.#instance = instance;
    this.#results = results;
  }

  input(): JsonSource {
    return this.#results.inputOf(this.#instance);
  }

  result(step: number, part: 'own' | 'prepare'): string | typeof tooLarge {
    return this.#results.of(this.#instance, addressOf(this.#instance, step, part));
  }

  source(step: number): JsonSource | typeof tooLarge {
    return this.#results.sourceOf(this.#instance, addressOf(this.#instance, step));
  }
}
