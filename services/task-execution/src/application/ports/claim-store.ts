import type { PartitionSnapshot } from '../../domain/backlog.ts';
import type { Assignment } from './ledger-store.ts';

/** Work that a claim put into a worker's hands. */
export interface ClaimedWork {
  readonly tenantId: string;
  readonly taskId: string;
  readonly lease: string;
  readonly session: string;
  readonly seq: number;
  readonly queue: string;
  readonly type: string;
  readonly definition: string;
  readonly priority: number;
  readonly attempt: number;
  readonly generation: number;
  /** Until the attempt's deadline. */
  readonly timeoutMs: number | null;
  readonly payload: string;
  /** Of the payload, as the database counts them. */
  readonly bytes: number;
  readonly options: string | null;
}

export interface ClaimRequest {
  /** The partition served longest ago first. */
  readonly partitions: readonly PartitionSnapshot[];
  /** In the order in which they are to be used; at least one. */
  readonly assignments: readonly Assignment[];
  /** Some partitions may belong to queues that limit how many of their tasks run. */
  readonly limited: boolean;
  /** Work is taken until its payloads reach it. */
  readonly maxBytes: number;
  readonly durability: 'synchronous' | 'asynchronous';
}

export interface ClaimStore {
  /** At most as many as there are assignments, most urgent first. */
  claim(request: ClaimRequest): Promise<ClaimedWork[]>;
}
