import {
  type Database,
  type DatabaseOptions,
  type Parameter,
  type Queryable,
  type Row,
  ServerRuns,
  type Statement,
} from '@taskflow/kit-postgres';
import { GatedTransaction } from './gated-transaction.ts';
import type { Landing } from './flights.ts';
import { serverIsAway, sessionWasEnded } from './injected-errors.ts';
import type { Store } from './simulation-server.ts';
import { type GateOptions, nameOf, type Pool } from './pool.ts';
import { wouldWait } from './virtual-now.ts';

/** Stands between an engine and the real server: each statement waits until the scheduler lets it run. */
export class Gate {
  readonly #options: GateOptions;
  readonly #transactions = new Set<GatedTransaction>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** For `openDatabase` of a service. */
  open(options: DatabaseOptions): Database {
    const stores = Object.values(this.#options.stores);
    const store = stores.find(({ url }) => url === options.url) as Store;
    const { server, owner, chance, rewriting } = this.#options;
    const incarnation = options.incarnation ?? new ServerRuns();
    const pool: Pool = {
      ...this.#options,
      store,
      real: () => store.pool(options.profile),
      // A service that does not hear of another run observes one of its own.
      runs: rewriting.outlivesTheServer?.includes(store.name) ? new ServerRuns() : incarnation,
      queryTimeoutMs: options.queryTimeoutMs ?? 5_000,
    };
    server.watchedBy(pool.runs, owner, chance);
    const connections = new Connections(options.poolSize);
    return {
      name: options.name,
      incarnation,
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      query: <R = Row>(statement: Statement, parameters: readonly Parameter[] = []) =>
        connections.use(() => this.#ask(pool, statement, parameters)) as Promise<R[]>,
      transaction: <T>(work: (tx: Queryable) => Promise<T>, settings = {}) =>
        connections.use(() => {
          const transaction = new GatedTransaction(pool, settings, () => this.#transactions.delete(transaction));
          this.#transactions.add(transaction);
          return transaction.run(work);
        }),
    };
  }

  /** The engine is gone. What it had begun ends, soon or late, and a COMMIT that it had sent may still take effect. */
  abandon(): void {
    for (const transaction of this.#transactions) transaction.abandon();
  }

  /** The database server is gone, and with it what open transactions had done. */
  lose(): void {
    for (const transaction of this.#transactions) transaction.lose();
  }

  /** Ends the real transactions whose sessions are gone. */
  async letGo(): Promise<void> {
    await Promise.all([...this.#transactions].map((transaction) => transaction.letGo()));
  }

  /** Transactions that have not ended. */
  get openTransactions(): number {
    return this.#transactions.size;
  }

  #ask(pool: Pool, statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    const { kernel, chance, owner, counters, latencyMs } = pool;
    const name = nameOf(statement);
    return new Promise((resolve, reject) => {
      const answer = (label: string, settle: () => void) =>
        void kernel.after(chance.span(latencyMs), owner, `answer ${name} ${label}`, settle);
      kernel.after(chance.span(latencyMs), undefined, '', async () => {
        // Sent before the crash, it may still arrive; nobody hears the answer.
        if (owner.dead && chance.happens(0.5)) return;
        if (!pool.server.isUp) return answer('refused', () => reject(serverIsAway()));
        if (!owner.dead) pool.server.lend(pool.runs);
        const { epoch } = pool.runs;
        const isOutdated = () => epoch !== pool.runs.epoch;
        const faults = pool.faults();
        if (!owner.dead && chance.happens(faults.lostSession)) {
          counters.hit('session lost before a query');
          return answer('lost', () => reject(sessionWasEnded()));
        }
        kernel.note(`query ${owner.name} ${name}`);
        // Here, where nobody but the run itself hears of a bug that cannot be planted.
        const asked = pool.rewriting.statement?.(name, statement, pool.store.name) ?? statement;
        const isLost = chance.happens(faults.lostAnswer);
        await launch(pool, name, asked, parameters, (landing) => {
          if ('error' in landing) return answer(String(landing.error), () => reject(landing.error as Error));
          const rows = landing.rows as Row[];
          if (!isLost)
            return answer(`${rows.length}`, () => (isOutdated() ? reject(sessionWasEnded()) : resolve(rows)));
          counters.hit('answer of a query lost');
          return answer('unheard', () => reject(sessionWasEnded()));
        });
      });
    });
  }
}

/** Tries again until it need not wait behind another statement that waits. */
async function launch(
  pool: Pool,
  name: string,
  statement: Statement,
  parameters: readonly Parameter[],
  land: (landing: Landing) => void,
): Promise<void> {
  const { store, real, now, flights, kernel, server } = pool;
  if (!server.isUp) return land({ error: sessionWasEnded() });
  const mayWait = !flights.isWaiting(store.name);
  const question = { store, statement, parameters, mayWait };
  const start = async () => {
    const { run } = server;
    return now.ask(real(), question).catch((error: unknown) => {
      // Which of its last words of a dying server were heard is no matter of the seed.
      throw run === server.run ? error : sessionWasEnded();
    });
  };
  await flights.launch({ store: store.name, mayWait }, start, (landing) => {
    if (!('rows' in landing) || landing.rows !== wouldWait) return land(landing);
    const again = () => launch(pool, name, statement, parameters, land);
    flights.park(store.name, () => void kernel.after(0, undefined, `query ${name} again`, again));
  });
}

/** A pool's bound on what runs at one time; the others wait in line. */
class Connections {
  readonly #max: number;
  readonly #line: (() => void)[] = [];
  #used = 0;

  constructor(limit: number) {
    this.#max = limit;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#used >= this.#max) {
      await new Promise<void>((resolve) => {
        this.#line.push(resolve);
      });
    } else this.#used += 1;
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next) next();
      else this.#used -= 1;
    }
  }
}
