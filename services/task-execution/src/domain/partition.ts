/** The kind of work, to those who count it. */
export interface WorkKind {
  readonly tenantId: string;
  readonly queue: string;
  readonly type: string;
}

/** Waiting work is kept in partitions: one per queue, type and definition of a tenant. */
export interface Partition extends WorkKind {
  /** Workflow definition that a worker must hold; empty: none. */
  readonly definition: string;
}

/** NUL cannot occur in a name, so two different keys of one function are never the same text. */
export function partitionKey(partition: Partition): string {
  return partition.definition === '' ? kindKey(partition) : `${kindKey(partition)}\0${partition.definition}`;
}

export function kindKey({ tenantId, queue, type }: WorkKind): string {
  return `${tenantId}\0${queue}\0${type}`;
}

export function queueKey(tenantId: string, queue: string): string {
  return `${tenantId}\0${queue}`;
}
