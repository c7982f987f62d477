import type { Incarnation } from '@taskflow/kit-lifecycle';
import type { EventRecord, Publisher, StreamEntry } from '@taskflow/kit-messaging';
import { CommitUnknownError, createGroupCommit, type GroupCommit } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Ids, idSeries } from '@taskflow/kit-time';
import { boundsOf, type GivenBounds } from '../bounds.ts';
import type { Emission } from '../events/emission.ts';
import { taskCreated } from '../events/task-events.ts';
import type {
  CreationStore,
  CreationTransaction,
  IdempotencyKey,
  KeyClaim,
  TakenKey,
} from '../ports/creation-store.ts';
import type { NewTask } from '../records/task-record.ts';
import type { FirstSteps } from '../advance/first-steps.ts';
import { weighCreation } from './weigh-creation.ts';
import { workflowStarted } from '../events/workflow-events.ts';
import { workflowStepWaiting } from '../events/workflow-step-events.ts';

/** Tasks, or one workflow with the tasks of its first steps, all or none. */
export interface CreateCommand {
  readonly tenantId: string;
  readonly tasks: readonly NewTask[];
  /** The workflow that the tasks belong to. */
  readonly first?: FirstSteps;
  readonly claim?: KeyClaim;
}

export type CreateOutcome =
  | { readonly kind: 'created' }
  /** The key was used before with the same request: what that one created. */
  | { readonly kind: 'replayed'; readonly subjectIds: readonly string[] }
  | { readonly kind: 'key-mismatch' };

export type CreationWriter = GroupCommit<CreateCommand, CreateOutcome>;

export interface CreationDependencies {
  readonly store: CreationStore;
  readonly publisher: Pick<Publisher, 'committed'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly incarnation: Pick<Incarnation, 'epoch'>;
  readonly telemetry: Telemetry;
  /** Graphs known to be stored, so that a graph is sent once and not with each of its workflows. */
  readonly storedGraphs: { has(tenantId: string, hash: string): boolean; add(tenantId: string, hash: string): void };
  /**
   * Called after COMMIT and before anybody hears of the events. `isCurrent` is false when the database has begun another
   * run meanwhile: then nothing is known about what it holds.
   */
  onCreated(commands: readonly CreateCommand[], isCurrent: boolean): void;
  readonly maxRows: number;
  readonly maxWaiting: number;
  readonly bounds?: GivenBounds | undefined;
}

/** What one attempt at a batch would leave, kept until its outcome is known. */
interface Attempt {
  readonly batchId: string;
  readonly created: CreateCommand[];
  readonly outcomes: CreateOutcome[];
  appended: boolean;
  /** The run of the database that it was written in. */
  epoch: number;
}

/**
 * Everything that creates tasks goes through this one writer: a transaction per batch of requests, with one
 * statement per table whatever the number of requests.
 */
export function createCreationWriter(dependencies: CreationDependencies): CreationWriter {
  const { store, publisher, clock, ids, telemetry, onCreated, storedGraphs, incarnation } = dependencies;
  /** Attempts whose COMMIT was sent, by the first command of their batch. Any other failure left nothing behind. */
  const attempts = new WeakMap<CreateCommand, Attempt>();

  async function write(batch: readonly CreateCommand[]): Promise<readonly CreateOutcome[]> {
    const attempt: Attempt = {
      batchId: ids.token(),
      created: [],
      outcomes: [],
      appended: false,
      epoch: incarnation.epoch,
    };
    try {
      return finish(attempt, await store.transaction((tx) => create(tx, batch, attempt)));
    } catch (error) {
      if (error instanceof CommitUnknownError) attempts.set(batch[0] as CreateCommand, attempt);
      else attempts.delete(batch[0] as CreateCommand);
      throw error;
    }
  }

  async function recall(batch: readonly CreateCommand[]): Promise<readonly CreateOutcome[] | 'absent'> {
    const attempt = attempts.get(batch[0] as CreateCommand);
    if (!attempt?.appended) return 'absent';
    const entries = await store.recall(attempt.batchId);
    return entries === undefined ? 'absent' : finish(attempt, entries);
  }

  function finish(attempt: Attempt, entries: readonly StreamEntry[] = []): readonly CreateOutcome[] {
    const isCurrent = attempt.epoch === incarnation.epoch;
    for (const { tenantId, first } of isCurrent ? attempt.created : []) {
      if (first) storedGraphs.add(tenantId, first.workflow.stored.hash);
    }
    if (attempt.created.length > 0) announceCreated(attempt.created, isCurrent);
    for (const entry of entries) publisher.committed(entry);
    return attempt.outcomes;
  }

  /** They are committed: whatever fails here, their callers are not told that nothing was created. */
  function announceCreated(commands: readonly CreateCommand[], isCurrent: boolean): void {
    try {
      onCreated(commands, isCurrent);
    } catch (error) {
      telemetry.log.error({ err: error }, 'what follows a creation failed; what was created is there');
    }
  }

  async function create(
    tx: CreationTransaction,
    batch: readonly CreateCommand[],
    attempt: Attempt,
  ): Promise<readonly StreamEntry[] | undefined> {
    // Its session has been lent: what is known to be stored is so in the run that the session belongs to.
    attempt.epoch = incarnation.epoch;
    const created = await takeKeys(tx, batch, attempt);
    attempt.created.push(...created);
    if (created.length === 0) return undefined;
    // Before anything is sent: what throws here must leave no statement behind that nobody waits for.
    const events = announce(created, { now: clock.now(), nextId: idSeries(ids) });
    const writes = insertAll(tx, created, storedGraphs);
    attempt.appended = true;
    const appending = tx.append(attempt.batchId, events);
    await Promise.all([...writes, appending]);
    return appending;
  }

  const bounds = boundsOf(dependencies.bounds);
  return createGroupCommit<CreateCommand, CreateOutcome>(
    {
      name: 'task-creation',
      write,
      recall,
      weigh: weighCreation,
      maxRows: dependencies.maxRows,
      maxBytes: bounds.creationBytes,
      overtaking: { lightBytes: bounds.lightCreationBytes, heavyBytes: bounds.heavyCreationBytes },
      maxWaiting: dependencies.maxWaiting,
      maxWaitingBytes: bounds.waitingCreationBytes,
    },
    { clock, telemetry },
  );
}

function insertAll(
  tx: CreationTransaction,
  created: readonly CreateCommand[],
  storedGraphs: CreationDependencies['storedGraphs'],
): Promise<void>[] {
  const tasks =
    created.length === 1 ? (created[0] as CreateCommand).tasks : created.flatMap((command) => command.tasks);
  const firsts = created.flatMap(({ first }) => first ?? []);
  const workflows = firsts.map(({ workflow }) => workflow);
  const graphs = missingGraphs(workflows, storedGraphs);
  const writes: Promise<void>[] = [];
  if (graphs.length > 0) {
    const tenants = graphs.map(({ tenantId }) => tenantId);
    writes.push(
      tx.insertGraphs(
        tenants,
        graphs.map(({ stored }) => stored),
      ),
    );
  }
  if (workflows.length > 0) writes.push(tx.insertWorkflows(workflows), ...insertWaiting(tx, firsts));
  if (tasks.length > 0) writes.push(tx.insertTasks(tasks));
  return writes;
}

/** First steps that wait, with their rows where they have begun. */
function insertWaiting(tx: CreationTransaction, firsts: readonly FirstSteps[]): Promise<void>[] {
  const rows = firsts.flatMap((first) => first.rows);
  const waits = firsts.flatMap((first) => first.waits);
  const writes: Promise<void>[] = [];
  if (rows.length > 0) writes.push(tx.insertStepRows(rows));
  if (waits.length > 0) writes.push(tx.insertWaits(waits));
  return writes;
}

/** One workflow per graph that is not known to be stored, in one order for all: two batches then never deadlock. */
function missingGraphs(
  workflows: readonly FirstSteps['workflow'][],
  storedGraphs: CreationDependencies['storedGraphs'],
): FirstSteps['workflow'][] {
  const missing = new Map<string, FirstSteps['workflow']>();
  for (const workflow of workflows) {
    const { tenantId, stored } = workflow;
    if (!storedGraphs.has(tenantId, stored.hash)) missing.set(`${tenantId}/${stored.hash}`, workflow);
  }
  return [...missing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, workflow]) => workflow);
}

function announce(created: readonly CreateCommand[], emission: Emission): EventRecord[] {
  const events: EventRecord[] = [];
  for (const { first, tasks } of created) {
    if (first) events.push(workflowStarted(emission, first.workflow), ...waitingEvents(emission, first));
    for (const task of tasks) events.push(taskCreated(emission, task));
  }
  return events;
}

function waitingEvents(emission: Emission, { instance, waiting }: FirstSteps): EventRecord[] {
  return waiting.map((step) => workflowStepWaiting(emission, instance, undefined, step));
}

/** Fills in every command's outcome and gives those commands that create. */
async function takeKeys(
  tx: CreationTransaction,
  batch: readonly CreateCommand[],
  attempt: Attempt,
): Promise<readonly CreateCommand[]> {
  const first = new Map<string, KeyClaim>();
  for (const { claim } of batch) {
    if (claim && !first.has(keyText(claim))) first.set(keyText(claim), claim);
  }
  if (first.size === 0) {
    for (let i = 0; i < batch.length; i++) attempt.outcomes.push({ kind: 'created' });
    return batch;
  }
  const claims = [...first.values()];
  const taken = new Set((await tx.claimKeys(claims)).map(keyText));
  const lost = claims.filter((claim) => !taken.has(keyText(claim)));
  const holders = new Map<string, TakenKey>(
    lost.length === 0 ? [] : (await tx.readKeys(lost)).map((k) => [keyText(k), k]),
  );
  const created: CreateCommand[] = [];
  for (const command of batch) {
    const { claim } = command;
    const key = claim && keyText(claim);
    const creates = key === undefined || (first.get(key) === claim && taken.has(key));
    if (creates) created.push(command);
    attempt.outcomes.push(
      creates ? { kind: 'created' } : replay(claim as KeyClaim, holders.get(key) ?? (first.get(key) as KeyClaim)),
    );
  }
  return created;
}

function replay(claim: KeyClaim, holder: TakenKey): CreateOutcome {
  if (!claim.fingerprint.equals(holder.fingerprint)) return { kind: 'key-mismatch' };
  return { kind: 'replayed', subjectIds: holder.subjectIds };
}

function keyText({ tenantId, route, key }: IdempotencyKey): string {
  return `${tenantId}\0${route}\0${key}`;
}
