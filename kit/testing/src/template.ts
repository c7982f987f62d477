import { createHash } from 'node:crypto';
import {
  type Database,
  loadStatements,
  type MigrationLine,
  migrate,
  type Queryable,
  readMigrations,
  withIdentifiers,
} from '@taskflow/kit-postgres';

const sql = loadStatements(new URL('./queries/', import.meta.url), [
  'clone-database',
  'drop-database',
  'publish-template',
  'database-exists',
  'lock-template',
]);

/** Names a set of migrations by what is in them. */
function templateName(lines: readonly MigrationLine[]): string {
  const hash = createHash('sha256');
  for (const { label, checksum } of readMigrations(lines)) hash.update(`${label} ${checksum}\n`);
  return `template_${hash.digest('hex').slice(0, 24)}`;
}

/**
 * Name of the database that these migrations make, which is there afterwards: made once per server and set of
 * migrations, by whoever comes first. `server` is one connection: an advisory lock belongs to its session.
 */
export async function ensureTemplate(
  server: Database,
  serverUrl: string,
  lines: readonly MigrationLine[],
): Promise<string> {
  const template = templateName(lines);
  if (await exists(server, template)) return template;
  await server.query(sql['lock-template'], [template]);
  if (await exists(server, template)) return template;
  const draft = `${template}_draft`;
  await dropDatabase(server, draft);
  await cloneDatabase(server, draft, 'template0');
  await migrate({ url: databaseUrl(serverUrl, draft), lines });
  await server.query(withIdentifiers(sql['publish-template'], { draft, template }));
  return template;
}

async function exists(server: Queryable, name: string): Promise<boolean> {
  return (await server.query(sql['database-exists'], [name])).length > 0;
}

export async function cloneDatabase(server: Queryable, name: string, template: string): Promise<void> {
  await server.query(withIdentifiers(sql['clone-database'], { name, template }));
}

export async function dropDatabase(server: Queryable, name: string): Promise<void> {
  await server.query(withIdentifiers(sql['drop-database'], { name }));
}

export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
