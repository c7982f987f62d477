import type { Capabilities } from '../../domain/worker-session.ts';
import type { WeighedLease } from '../../domain/work.ts';

export interface StoredSession {
  readonly id: string;
  readonly capabilities: Capabilities;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export type StoredLease = WeighedLease & { readonly generation: number; readonly announced: boolean };

/** Worker sessions as all processes see them. Leases are measured by the store's own clock. */
export interface SessionStore {
  open(session: { id: string; capabilities: Capabilities; leaseMs: number }): Promise<StoredSession>;
  /** Renews an existing session under new capabilities; undefined when it is gone. */
  resume(session: { id: string; capabilities: Capabilities; leaseMs: number }): Promise<StoredSession | undefined>;
  find(id: string): Promise<StoredSession | undefined>;
  /** Gives those that still exist. A session that is gone is never brought back by a late sign of life. */
  renew(ids: readonly string[], leaseMs: number): Promise<ReadonlySet<string>>;
  leasesOf(id: string): Promise<StoredLease[]>;
}
