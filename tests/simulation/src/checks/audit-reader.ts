import { type ServiceName, type Store, statements } from '../database/simulation-server.ts';
import { epochMs } from '../kernel/virtual-clock.ts';

/** One change of one row, as the database recorded it. */
export interface Change {
  readonly service: ServiceName;
  readonly n: number;
  /** Names its transaction within the service. */
  readonly transaction: string;
  /** Virtual milliseconds. */
  readonly at: number;
  readonly subject: string;
  readonly change: 'insert' | 'update' | 'delete';
  readonly before: Image;
  readonly after: Image;
}

/** A row; which members there are follows from `change`. */
export type Image = Readonly<Record<string, string | number | boolean | null>>;

interface AuditRow {
  readonly n: number;
  readonly transaction: string;
  readonly at_ms: number;
  readonly subject: string;
  readonly change: Change['change'];
  readonly before: Image | null;
  readonly after: Image | null;
}

const nothing: Image = {};

/** Reads a service's audit as it grows. Numbers become visible out of order, so each look begins where nothing was open. */
export class AuditReader {
  readonly #store: Store;
  readonly #seen = new Set<number>();
  #floor = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** `isQuiet`: no transaction is open now. */
  async read(isQuiet: boolean): Promise<Change[]> {
    const rows = await this.#store.look<AuditRow>(statements['read-audit'], [this.#floor]);
    const fresh = rows.filter(({ n }) => !this.#seen.has(n));
    for (const { n } of fresh) this.#seen.add(n);
    if (isQuiet) {
      this.#floor = rows.at(-1)?.n ?? this.#floor;
      this.#seen.clear();
    }
    return fresh.map(({ at_ms: at, before, after, ...row }) => ({
      ...row,
      service: this.#store.name,
      at: at - epochMs,
      before: before ?? nothing,
      after: after ?? nothing,
    }));
  }
}
