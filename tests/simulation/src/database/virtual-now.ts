import type { Database, Parameter, Queryable, Row, Statement } from '@taskflow/kit-postgres';
import type { Kernel } from '../kernel/kernel.ts';
import { epochMs } from '../kernel/virtual-clock.ts';
import { type ServiceName, type Store, statements } from './laboratory.ts';

/** Keeps the clocks of the databases at virtual time: it is set on the way of the first statement of each moment. */
export class VirtualNow {
  readonly #kernel: Kernel;
  readonly #setTo = new Map<ServiceName, number>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Runs a statement of its own. */
  ask(store: Store, real: Database, statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    if (this.#setTo.get(store.name) === this.#kernel.now) return real.query(statement, parameters);
    return real.transaction((tx) => this.askWithin(store, tx, statement, parameters));
  }

  /** Runs a statement of a transaction. */
  askWithin(store: Store, tx: Queryable, statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    const { now } = this.#kernel;
    if (this.#setTo.get(store.name) !== now) {
      this.#setTo.set(store.name, now);
      // Both leave in one write. Should it fail, so does the statement behind it.
      tx.query(statements['set-clock'], [epochMs + now]).catch(() => this.#setTo.delete(store.name));
    }
    return tx.query(statement, parameters);
  }
}
