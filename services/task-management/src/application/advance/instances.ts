import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import type { CompiledGraphs } from '../graphs/compiled-graphs.ts';
import type { AdvanceTransaction, Key } from '../ports/advance-store.ts';
import type { InstanceCache } from './instance-cache.ts';
import { loadInstance, loadStored, obtainGraphs, type StoredParts, type Undecided } from './load-instance.ts';
import { onBehalf } from './on-behalf.ts';
import { OutdatedStateError } from './outdated-state.ts';
import { parkedOf, type ParkedInstance } from './parked-instance.ts';
import type { TransactionRecord } from './transaction-record.ts';
import type { WorkflowInstance } from './workflow-instance.ts';

interface Sources {
  readonly tx: AdvanceTransaction;
  readonly record: TransactionRecord;
  readonly cache: InstanceCache;
  readonly graphs: CompiledGraphs;
}

/** The workflows of one transaction, each as an instance, or as parked where it is not moved on. */
export class Instances {
  readonly #sources: Sources;
  /** Why workflows are parked by this transaction, by id, as JSON text. */
  readonly parking: Map<string, string>;
  /** Ids of workflows whose rows this transaction closes because they were given up. */
  readonly discarding = new Set<string>();
  /** Ids of those that were loaded from their rows. */
  readonly #loaded = new Set<string>();
  #undecided: Undecided = new Set();

  constructor(sources: Sources, parking: ReadonlyMap<string, string>) {
    this.#sources = sources;
    this.parking = new Map(parking);
  }

  /** What this transaction has settled already, and is decided later. */
  ignore(undecided: Undecided): void {
    this.#undecided = undecided;
  }

  at({ tenantId, id }: Key): WorkflowInstance | undefined {
    const instance = this.#sources.record.touched.get(id);
    return instance?.tenantId === tenantId ? instance : undefined;
  }

  parkedAt({ tenantId, id }: Key): ParkedInstance | undefined {
    const parked = this.#sources.record.parked.get(id);
    return parked?.tenantId === tenantId ? parked : undefined;
  }

  /**
   * Makes workflows be at hand: those of this transaction, those in memory, and the others loaded, all by one set of
   * statements. One that is stuck, or that this transaction parks, is parked instead; so is one that
   * was given up, until its rows are closed.
   */
  async obtain(keys: readonly Key[], maxWeight?: number): Promise<void> {
    const { touched, parked, concerned } = this.#sources.record;
    const missing = new Map<string, Key>();
    for (const key of keys) {
      if (touched.has(key.id) || parked.has(key.id)) continue;
      concerned.set(key.id, key);
      if (!this.#isAtHand(key)) missing.set(`${key.tenantId}/${key.id}`, key);
    }
    if (missing.size > 0) await this.#loadAll([...missing.values()], missing.size > 1 ? maxWeight : undefined);
  }

  #isAtHand({ tenantId, id }: Key): boolean {
    const { cache, record } = this.#sources;
    if (this.parking.has(id)) return false;
    const parked = cache.parkedAt(id);
    const instance = cache.get(id);
    // An id of another tenant names nothing.
    if (parked?.tenantId === tenantId) record.parked.set(id, parked);
    else if (instance?.tenantId === tenantId) record.touched.set(id, instance);
    return (parked ?? instance) !== undefined;
  }

  async #loadAll(keys: readonly Key[], maxWeight: number | undefined): Promise<void> {
    const { tx, record, graphs } = this.#sources;
    const moving: StoredParts[] = [];
    for (const parts of await loadStored(tx, keys, maxWeight)) {
      const { header } = parts;
      const fault = this.parking.get(header.id);
      const isParked = header.status === 'stuck' || fault !== undefined || this.#isBeingDiscarded(parts);
      if (isParked) record.parked.set(header.id, parkedOf(header, fault));
      else moving.push(parts);
    }
    const graphOf = await obtainGraphs(
      tx,
      graphs,
      moving.map(({ header }) => header),
    );
    for (const parts of moving) {
      const { header } = parts;
      onBehalf(record, header, () => void this.load(parts, graphOf(header), this.#undecided));
    }
  }

  /** It was given up and its rows are still to be closed: it is over, and what comes for it is not looked at. */
  #isBeingDiscarded({ header, waits }: StoredParts): boolean {
    return this.discarding.has(header.id) || waits.some(({ kind }) => kind === 'discard');
  }

  load(parts: StoredParts, graph: CompiledGraph, undecided: Undecided): WorkflowInstance {
    const instance = loadInstance(parts, graph, undecided);
    this.#sources.record.touched.set(instance.id, instance);
    this.#loaded.add(instance.id);
    return instance;
  }

  /**
   * Something ended that is not open in memory. From an instance that was in memory before nothing must be decided then;
   * for one that was loaded just now it is a repetition.
   */
  refuseOutdated({ id }: WorkflowInstance): void {
    if (!this.#loaded.has(id)) throw new OutdatedStateError('something ended that was not open');
  }
}
