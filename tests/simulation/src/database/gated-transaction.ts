import {
  CommitUnknownError,
  DatabaseError,
  type Parameter,
  type Queryable,
  type Row,
  type Statement,
  type TransactionOptions,
} from '@taskflow/kit-postgres';
import type { Landing } from './flights.ts';
import { endedAlready, lostAgainstAnother, serverIsAway, sessionWasEnded } from './injected-errors.ts';
import { nameOf, type Pool } from './pool.ts';
import { wouldWait } from './virtual-now.ts';

interface Asked {
  readonly statement: Statement;
  readonly parameters: readonly Parameter[];
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Ends the work of the real transaction, which then rolls back. */
class RollBack extends Error {}

/** Makes the COMMIT of an asynchronous transaction wait for the disk. */
const waitForDisk = 'commit-synchronously';

const commitFaults = [
  'crashBeforeCommit',
  'crashAfterCommit',
  'crashWhileCommitting',
  'unknownDone',
  'unknownRolledBack',
  'unknownHeld',
] as const;

let transactions = 0;

/** For numbering in traces: every run counts from 1. */
export function countTransactionsAnew(): void {
  transactions = 0;
}

/**
 * One transaction of an engine. Its statements run in their order, each when the scheduler lets it, on one real
 * connection; between them everything else may happen.
 */
export class GatedTransaction implements Queryable {
  readonly #pool: Pool;
  readonly #settings: TransactionOptions;
  readonly #ended: () => void;
  readonly #asked: Asked[] = [];
  readonly #id: string;
  readonly #finish = Promise.withResolvers<void>();
  #real: Promise<Queryable> | undefined;
  #realEnd: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  /** What follows once the statement in flight has ended. */
  #next: (() => void | Promise<void>) | undefined;
  #state: 'open' | 'ending' | 'over' = 'open';
  #broken: DatabaseError | undefined;
  #commitIsSent = false;
  /** The server works on its COMMIT, whatever becomes of the engine. */
  #isHeld = false;
  #isAbandoned = false;
  /** It found or changed something: else there is nothing in it to be lost. */
  #hasRows = false;
  /** It asked for a COMMIT that waits for the disk, whatever it began with. */
  #waitsForDisk = false;
  /** The server that it ran on is gone. */
  #isLost = false;
  #epoch: number | undefined;

  constructor(pool: Pool, settings: TransactionOptions, ended: () => void) {
    this.#pool = pool;
    this.#settings = settings;
    this.#ended = ended;
    transactions += 1;
    this.#id = `${pool.owner.name} tx${transactions}`;
  }

  query<R = Row>(statement: Statement, parameters: readonly Parameter[] = []): Promise<R[]> {
    const rows = new Promise<Row[]>((resolve, reject) => {
      if (this.#state !== 'open') return reject(endedAlready());
      this.#asked.push({ statement, parameters, resolve, reject });
      this.#go();
    });
    rows.catch(() => undefined);
    return rows as Promise<R[]>;
  }

  /** As `Database.transaction`. Never settles when the engine dies before. */
  async run<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    let value: T;
    try {
      value = await work(this);
    } catch (error) {
      return this.#rollBack(error);
    }
    return this.#commit(value);
  }

  abandon(): void {
    if (this.#state === 'over') return;
    this.#isAbandoned = true;
    for (const { reject } of this.#asked.splice(0)) reject(endedAlready());
    const { kernel, chance, counters, flights, store } = this.#pool;
    // What waits to be tried again is not tried any more.
    flights.unpark(store.name);
    if (this.#isHeld) return;
    if (this.#commitIsSent && chance.happens(0.5)) {
      counters.hit('commit after the crash of its engine');
      return;
    }
    this.#commitIsSent = false;
    this.#state = 'ending';
    // A server notices at once that its client is gone, or after a while.
    const lingersMs = chance.happens(0.7) ? chance.span(5) : chance.between(20, 2_000);
    kernel.after(lingersMs, undefined, '', () => this.#whenIdle(() => this.#endReal('rollback', () => undefined)));
  }

  /** The server is gone: what was done is undone, and nobody says so before the next word. */
  lose(): void {
    if (this.#state === 'over') return;
    this.#isLost = true;
    this.#broken ??= sessionWasEnded();
  }

  /** Ends the real transaction of one that is lost. */
  async letGo(): Promise<void> {
    if (!this.#isLost || this.#real === undefined) return;
    this.#finish.reject(new RollBack());
    await this.#realEnd.catch(() => undefined);
  }

  #go(): void {
    if (this.#isBusy || this.#asked.length === 0) return;
    const { kernel, chance, latencyMs } = this.#pool;
    this.#isBusy = true;
    kernel.after(chance.span(latencyMs), undefined, '', async () => {
      const asked = this.#asked.shift();
      if (asked) await this.#execute(asked);
      else this.#idle();
    });
  }

  #idle(): void {
    this.#isBusy = false;
    const next = this.#next;
    this.#next = undefined;
    if (next) this.#pool.kernel.after(0, undefined, '', next);
    else this.#go();
  }

  #whenIdle(next: () => void | Promise<void>): void | Promise<void> {
    if (!this.#isBusy) return next();
    this.#next = next;
  }

  async #execute({ statement, parameters, resolve, reject }: Asked): Promise<void> {
    if (this.#isAbandoned) return this.#idle();
    const { kernel, chance, counters, rewriting, store, server, runs } = this.#pool;
    const name = nameOf(statement);
    const faults = this.#pool.faults();
    if (chance.happens(faults.lostSession)) {
      counters.hit('session lost in a transaction');
      this.#broken ??= sessionWasEnded();
    } else if (chance.happens(faults.conflict)) {
      counters.hit('conflict');
      this.#broken ??= lostAgainstAnother();
    }
    if (this.#epoch === undefined && !this.#broken) {
      if (server.isUp) server.lend(runs);
      else this.#broken = serverIsAway();
      this.#epoch = runs.epoch;
    }
    if (this.#broken) {
      kernel.note(`${this.#id} ${name} broken`);
      reject(this.#broken);
      return this.#idle();
    }
    const asked = rewriting.statement?.(name, statement, store.name) ?? statement;
    await this.#send(name, asked, parameters, (landing) => {
      // Which of its last words of a dying server were heard is no matter of the seed.
      const reported = 'error' in landing ? landing.error : undefined;
      const failure = this.#isLost ? sessionWasEnded() : reported;
      kernel.note(`${this.#id} ${name} ${failure ? outline(failure) : (landing as { rows: Row[] }).rows.length}`);
      if (failure === undefined) {
        const { rows } = landing as { rows: Row[] };
        this.#hasRows ||= rows.length > 0;
        this.#waitsForDisk ||= name === waitForDisk;
        resolve(rows);
      } else reject(failure);
      this.#idle();
    });
  }

  /** Tries again until it need not wait behind another statement that waits. */
  async #send(
    name: string,
    statement: Statement,
    parameters: readonly Parameter[],
    land: (landing: Landing) => void,
  ): Promise<void> {
    const { store, now, real, rewriting, flights, kernel } = this.#pool;
    const mayWait = !flights.isWaiting(store.name);
    const question = { store, statement, parameters, mayWait };
    const start = async () =>
      rewriting.runsApart?.(name) ? now.ask(real(), question) : now.askWithin(await this.#opened(), question);
    await flights.launch({ store: store.name, mayWait }, start, (landing) => {
      if (!('rows' in landing) || landing.rows !== wouldWait) return land(landing);
      const again = () =>
        this.#isAbandoned || this.#isLost
          ? land({ error: endedAlready() })
          : this.#send(name, statement, parameters, land);
      flights.park(store.name, () => void kernel.after(0, undefined, `${this.#id} ${name} again`, again));
    });
  }

  #opened(): Promise<Queryable> {
    this.#real ??= new Promise((resolve, reject) => {
      this.#realEnd = this.#pool.real().transaction(async (tx) => {
        resolve(tx);
        await this.#finish.promise;
      }, this.#settings);
      this.#realEnd.catch(reject);
    });
    return this.#real;
  }

  #rollBack(error: unknown): Promise<never> {
    this.#state = 'ending';
    for (const { reject } of this.#asked.splice(0)) reject(endedAlready());
    return new Promise((_, reject) => {
      const { kernel, chance, latencyMs, owner } = this.#pool;
      void this.#whenIdle(() => {
        kernel.after(chance.span(latencyMs), undefined, '', () =>
          this.#endReal('rollback', () => {
            kernel.after(chance.span(latencyMs), owner, `${this.#id} rolled back`, () => reject(error as Error));
          }),
        );
      });
    });
  }

  #commit<T>(value: T): Promise<T> {
    const { kernel, chance, latencyMs, owner, rewriting } = this.#pool;
    return new Promise((resolve, reject) => {
      void this.#whenIdle(() => {
        if (this.#isAbandoned) return;
        if (this.#real === undefined) {
          this.#over();
          if (this.#broken) return reject(this.#broken);
          return resolve(value);
        }
        this.#state = 'ending';
        if (this.#broken && !this.#isLost) return void this.#rollBack(this.#broken).catch(reject);
        this.#commitIsSent = true;
        const answer = (label: string, settle: () => void) =>
          void kernel.after(chance.span(latencyMs), owner, `${this.#id} ${label}`, settle);
        if (rewriting.acknowledgesEarly) answer('said to be committed', () => resolve(value));
        kernel.after(chance.span(latencyMs), undefined, '', () =>
          this.#decideCommit(() => resolve(value), reject, answer),
        );
      });
    });
  }

  /** COMMIT has arrived at the server, unless something comes in between. */
  #decideCommit(
    resolve: () => void,
    reject: (error: unknown) => void,
    answer: (label: string, settle: () => void) => void,
  ): void | Promise<void> {
    const { counters, chance } = this.#pool;
    // It was on its way when the engine died, and was decided then.
    if (this.#isAbandoned) return this.#commitIsSent ? this.#endReal('commit', () => undefined) : undefined;
    if (this.#isLost) {
      counters.hit('commit without an answer for its server was gone');
      return this.#endReal('rollback', () => answer('unknown', () => reject(this.#unknown())));
    }
    const fault = this.#chooseFault();
    if (fault === 'crashBeforeCommit') {
      counters.hit('crash before commit');
      this.#commitIsSent = false;
      return this.#pool.crash('before commit');
    }
    if (fault === 'unknownRolledBack') {
      counters.hit('unknown commit that did not happen');
      return this.#endReal('rollback', () => answer('unknown', () => reject(this.#unknown())));
    }
    if (fault === 'unknownHeld') {
      counters.hit('unknown commit that happens later');
      answer('unknown', () => reject(this.#unknown()));
      return this.#commitLater(chance.between(10, 3_000));
    }
    if (fault === 'crashWhileCommitting') {
      counters.hit('crash while committing');
      this.#commitLater(chance.between(10, 2_000));
      return this.#pool.crash('while committing');
    }
    return this.#endReal('commit', (error) => {
      if (fault === 'crashAfterCommit') {
        counters.hit('crash after commit');
        return this.#pool.crash('after commit');
      }
      if (fault === 'unknownDone') {
        counters.hit('unknown commit that happened');
        return answer('unknown', () => reject(this.#unknown()));
      }
      return answer(error ? outline(error) : 'committed', () => {
        if (error) return reject(error);
        // The answer of a server that is known to be gone does not count.
        return this.#epoch === this.#pool.runs.epoch ? resolve() : reject(this.#unknown());
      });
    });
  }

  #commitLater(ms: number): void {
    this.#isHeld = true;
    this.#pool.kernel.after(ms, undefined, '', () => {
      if (this.#state !== 'over') return this.#endReal('late commit', () => undefined);
    });
  }

  #chooseFault(): (typeof commitFaults)[number] | undefined {
    const faults = this.#pool.faults();
    let at = this.#pool.chance.next();
    for (const kind of commitFaults) {
      at -= faults[kind];
      if (at < 0) return kind;
    }
    return undefined;
  }

  #unknown(): CommitUnknownError {
    const { kernel, chance, latencyMs, owner, counters } = this.#pool;
    const endSession = () =>
      new Promise<boolean>((resolve) => {
        const known = !chance.happens(0.2);
        const answer = () =>
          void kernel.after(chance.span(latencyMs), owner, `${this.#id} session ended ${known}`, () => resolve(known));
        kernel.after(chance.span(latencyMs), undefined, '', () => {
          if (this.#state === 'over' || !known) return answer();
          counters.hit('commit ended with its session');
          return this.#endReal('rollback', answer);
        });
      });
    return new CommitUnknownError(sessionWasEnded(), endSession);
  }

  #endReal(how: 'commit' | 'late commit' | 'rollback', then: (error: unknown) => void): Promise<void> | undefined {
    if (this.#state === 'over') return then(undefined) as undefined;
    this.#over();
    this.#pool.kernel.note(`${this.#id} ${how}`);
    if (this.#real === undefined) return then(undefined) as undefined;
    const isRollback = how === 'rollback' || this.#isLost;
    if (!isRollback) this.#noteDurability();
    if (isRollback) this.#finish.reject(new RollBack());
    else this.#finish.resolve();
    const { flights, store } = this.#pool;
    return flights.launch(
      { store: store.name, mayWait: true },
      () => this.#realEnd,
      (landing) => {
        flights.unpark(store.name);
        const error = 'error' in landing && !(landing.error instanceof RollBack) ? landing.error : undefined;
        then(error);
      },
    );
  }

  #noteDurability(): void {
    const { server, chance, faults, crashServer, store } = this.#pool;
    if (!this.#hasRows) return;
    if (this.#settings.durability !== 'asynchronous' || this.#waitsForDisk) {
      server.notDurable = 0;
      return;
    }
    server.notDurable += 1;
    const { serverCrashSoon, serverCrashAfter = store.name } = faults();
    if (serverCrashAfter === store.name && chance.happens(serverCrashSoon)) crashServer(chance.span(20));
  }

  #over(): void {
    this.#state = 'over';
    this.#ended();
  }
}

function outline(error: unknown): string {
  if (error instanceof DatabaseError) return `${error.sqlstate ?? error.kind} ${error.constraint ?? ''}`;
  return error instanceof Error ? error.name : String(error);
}
