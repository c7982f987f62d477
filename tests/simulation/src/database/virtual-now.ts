import {
  type Database,
  DatabaseError,
  type Parameter,
  type Queryable,
  type Row,
  type Statement,
} from '@taskflow/kit-postgres';
import type { Kernel } from '../kernel/kernel.ts';
import { epochMs } from '../kernel/virtual-clock.ts';
import { type ServiceName, type Store, statements } from './simulation-server.ts';

/** The statement would have to wait for a lock, and was taken back. */
export const wouldWait = Symbol('would wait');

export interface Question {
  readonly store: Store;
  readonly statement: Statement;
  readonly parameters: readonly Parameter[];
  /** One that may not wait for a lock gives `wouldWait` instead of rows. */
  readonly mayWait: boolean;
}

const lockTimeout = '1ms';
const lockNotAvailable = '55P03';

/** Asks the real server, whose clock it keeps at virtual time: that is set on the way of the first statement of each moment. */
export class VirtualNow {
  readonly #kernel: Kernel;
  readonly #setTo = new Map<ServiceName, number>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The server has forgotten what its clock was set to. */
  forget(): void {
    this.#setTo.clear();
  }

  /** Runs a statement of its own. In a transaction, because one that fails is answered before it lets go of its locks. */
  ask(real: Database, question: Question): Promise<Row[] | typeof wouldWait> {
    return real.transaction((tx) => this.askWithin(tx, question));
  }

  /** Runs a statement of a transaction. Rejects when the transaction has let go of its locks. */
  async askWithin(tx: Queryable, question: Question): Promise<Row[] | typeof wouldWait> {
    const { store, statement, parameters, mayWait } = question;
    const { now } = this.#kernel;
    if (this.#setTo.get(store.name) !== now) {
      this.#setTo.set(store.name, now);
      // Leaves in one write with the statement. Should it fail, so does that.
      tx.query(statements['set-clock'], [epochMs + now]).catch(() => this.#setTo.delete(store.name));
    }
    if (!mayWait) return askCarefully(tx, statement, parameters);
    try {
      return await tx.query(statement, parameters);
    } catch (error) {
      // The server tells of an error first and lets go of the locks then; whatever it answers next comes after both.
      await tx.query(statements['set-clock'], [epochMs + now]).catch(() => undefined);
      throw error;
    }
  }
}

async function askCarefully(
  tx: Queryable,
  statement: Statement,
  parameters: readonly Parameter[],
): Promise<Row[] | typeof wouldWait> {
  void tx.query(statements['careful-begin']);
  void tx.query(statements['limit-lock-wait'], [lockTimeout]);
  try {
    const rows = await tx.query(statement, parameters);
    await Promise.all([tx.query(statements['limit-lock-wait'], ['0']), tx.query(statements['careful-keep'])]);
    return rows;
  } catch (error) {
    const waited = error instanceof DatabaseError && error.sqlstate === lockNotAvailable;
    if (!waited) {
      await tx.query(statements['careful-keep']).catch(() => undefined);
      throw error;
    }
    await Promise.all([tx.query(statements['careful-undo']), tx.query(statements['careful-keep'])]);
    return wouldWait;
  }
}
