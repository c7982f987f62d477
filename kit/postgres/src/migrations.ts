import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { connectionOptions } from './connection-options.ts';
import { classify } from './errors.ts';
import { loadStatements } from './statements.ts';

/** The numbered migrations of one component: `0001-what.sql`, `0002-…`, without a gap, never changed once released. */
export interface MigrationLine {
  component: string;
  /** A URL that ends with a slash. */
  directory: URL;
}

export interface MigrateOptions {
  url: string;
  /** Applied in this order; kit/postgres's own line comes first, given or not. */
  lines: readonly MigrationLine[];
}

/** The database and the migration files do not belong together; a person has to look. */
export class MigrationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MigrationError';
  }
}

export interface Migration {
  readonly component: string;
  readonly version: number;
  /** `component/file`, as errors name it. */
  readonly label: string;
  readonly checksum: string;
  readonly text: string;
}

/** `taskflow_now()`, the only clock of SQL, and the offset that tests may set. */
export const postgresMigrations = new URL('../migrations/', import.meta.url);

const fileName = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** All migrations of these lines in the order of application. */
export function readMigrations(lines: readonly MigrationLine[]): Migration[] {
  const own: MigrationLine = { component: 'postgres', directory: postgresMigrations };
  const others = lines.filter(({ component }) => component !== own.component);
  return [own, ...others].flatMap(readLine);
}

function readLine({ component, directory }: MigrationLine): Migration[] {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file, index) => {
    const version = Number(fileName.exec(file)?.[1]);
    if (version !== index + 1) {
      throw new MigrationError(
        `${component}/${file}: expected a name like ${String(index + 1).padStart(4, '0')}-what.sql`,
      );
    }
    const text = readFileSync(new URL(file, directory), 'utf8');
    const checksum = createHash('sha256').update(text).digest('hex');
    return { component, version, label: `${component}/${file}`, checksum, text };
  });
}

/**
 * Brings a database to the state that the lines describe. Safe to run from many processes at once. Rejects with
 * `MigrationError` when an applied file was changed or is unknown here, and with `DatabaseError` when one fails;
 * each file is one transaction, so those before it stay applied.
 */
export async function migrate({ url, lines }: MigrateOptions): Promise<void> {
  const migrations = readMigrations(lines);
  const settings = { url, name: 'taskflow-migrate', profile: 'general', queryTimeoutMs: 600_000 } as const;
  const client = new pg.Client({ ...connectionOptions({ ...settings, connectTimeoutMs: 10_000 }), pipeline: false });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await applyAll(client, migrations);
  } catch (error) {
    throw error instanceof MigrationError ? error : classify(error);
  } finally {
    await client.end();
  }
}

async function applyAll(client: pg.Client, migrations: readonly Migration[]): Promise<void> {
  const sql = loadStatements(new URL('./queries/', import.meta.url), [
    'lock-migrations',
    'create-migration-ledger',
    'applied-migrations',
    'begin',
    'record-migration',
    'commit',
  ]);
  await client.query(sql['lock-migrations'].text);
  await client.query(sql['create-migration-ledger'].text);
  const { rows } = await client.query<AppliedMigration>(sql['applied-migrations'].text);
  for (const { label, text, component, version, checksum } of pending(migrations, rows)) {
    await client.query(sql.begin.text);
    try {
      await client.query(text);
      await client.query(sql['record-migration'].text, [component, version, checksum]);
      await client.query(sql.commit.text);
    } catch (error) {
      // Closing the connection rolls back.
      if (error instanceof Error) error.message = `migration ${label}: ${error.message}`;
      throw error;
    }
  }
}

export interface AppliedMigration {
  readonly component: string;
  readonly version: number;
  readonly checksum: string;
}

/** Lists the migrations that are still to do. Components that this process does not know are left alone. */
export function pending(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const checksums = new Map(applied.map((row) => [`${row.component}/${row.version}`, row.checksum]));
  const known = new Set(migrations.map(({ component, version }) => `${component}/${version}`));
  const components = new Set(migrations.map(({ component }) => component));
  const newer = applied.find((row) => components.has(row.component) && !known.has(`${row.component}/${row.version}`));
  if (newer !== undefined) {
    throw new MigrationError(
      `the database has migration ${newer.version} of ${newer.component}, which this version does not know: it was made by a newer one`,
    );
  }
  const changed = migrations.find(({ component, version, checksum }) => {
    const before = checksums.get(`${component}/${version}`);
    return before !== undefined && before !== checksum;
  });
  if (changed !== undefined) {
    throw new MigrationError(`migration ${changed.label} was changed after it had been applied`);
  }
  return migrations.filter(({ component, version }) => !checksums.has(`${component}/${version}`));
}
