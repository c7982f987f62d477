import { randomUUID } from 'node:crypto';
import { createDatabase, type Database, loadStatements, type MigrationLine } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { cloneDatabase, databaseUrl, ensureTemplate } from './template.ts';

/** A database for one test at a time. It is as new, however often it was used before. */
export interface ReusableDatabase {
  readonly url: string;
  /** One connection of its own in it, for whoever looks at the database from outside. */
  readonly control: Database;
  /** For the next test. What was opened to it may stay open, and must be idle. */
  giveBack(): void;
}

const sql = loadStatements(new URL('./queries/', import.meta.url), [
  'take-free-database',
  'hold-database',
  'restore-database',
]);

/** Applied behind the lines of those who own the tables. */
const pristine: MigrationLine = { component: 'testing', directory: new URL('../migrations/', import.meta.url) };

interface Kept extends Pick<ReusableDatabase, 'url' | 'control'> {
  readonly template: string;
}

/**
 * The databases of one server that one process holds, against all other processes: a lock per database, in one session
 * that ends with the process. To use a database again costs a fiftieth of a new one, and they are as few as there are
 * tests at the same time.
 */
class DatabasePool {
  readonly #serverUrl: string;
  readonly #server: Database;
  readonly #templates = new Map<string, Promise<string>>();
  readonly #held: string[] = [];
  readonly #idle: Kept[] = [];
  #taking: Promise<unknown> = Promise.resolve();

  constructor(serverUrl: string) {
    this.#serverUrl = serverUrl;
    this.#server = open(serverUrl, 60_000);
  }

  async lend(lines: readonly MigrationLine[]): Promise<ReusableDatabase> {
    const template = await this.#templateOf(lines);
    const at = this.#idle.findIndex((kept) => kept.template === template);
    const [idle] = at < 0 ? [] : this.#idle.splice(at, 1);
    const kept = idle ?? (await this.#takeOne(template));
    await kept.control.query(sql['restore-database']);
    return { url: kept.url, control: kept.control, giveBack: () => void this.#idle.push(kept) };
  }

  #templateOf(lines: readonly MigrationLine[]): Promise<string> {
    const key = lines.map(({ component }) => component).join();
    const known = this.#templates.get(key);
    if (known !== undefined) return known;
    const template = this.#next(() => ensureTemplate(this.#server, this.#serverUrl, [...lines, pristine]));
    this.#templates.set(key, template);
    return template;
  }

  #takeOne(template: string): Promise<Kept> {
    return this.#next(async () => {
      const name = (await this.#freeOne(template)) ?? (await this.#newOne(template));
      this.#held.push(name);
      const url = databaseUrl(this.#serverUrl, name);
      return { template, url, control: open(url, 30_000) };
    });
  }

  async #freeOne(template: string): Promise<string | undefined> {
    const held = `{${this.#held.join()}}`;
    const [free] = await this.#server.query<{ datname: string }>(sql['take-free-database'], [heldName(template), held]);
    return free?.datname;
  }

  async #newOne(template: string): Promise<string> {
    const name = `${heldName(template)}${randomUUID().slice(0, 8)}`;
    await this.#server.query(sql['hold-database'], [name]);
    await cloneDatabase(this.#server, name, template);
    return name;
  }

  /** One after the other: what is held must be known when the next one is looked for. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#taking.then(work);
    this.#taking = done.catch(() => undefined);
    return done;
  }
}

const heldName = (template: string): string => `lent_${template.slice('template_'.length)}_`;

function open(url: string, queryTimeoutMs: number): Database {
  return createDatabase({
    url,
    name: 'kit-testing',
    poolSize: 1,
    profile: 'general',
    queryTimeoutMs,
    keepsProcessAlive: false,
    telemetry: silentTelemetry(),
  });
}

const pools = new Map<string, DatabasePool>();

/** Hands out a database of this server with these migrations, and those of kit/postgres. */
export function borrowDatabase(serverUrl: string, lines: readonly MigrationLine[]): Promise<ReusableDatabase> {
  const pool = pools.get(serverUrl) ?? new DatabasePool(serverUrl);
  pools.set(serverUrl, pool);
  return pool.lend(lines);
}
