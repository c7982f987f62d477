import pg from 'pg';
import { ownAddress } from '../own-address.ts';
import { loadStatements, withIdentifiers } from '../statements.ts';

const duplicateDatabase = '42P04';
const uniqueViolation = '23505';

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...ownAddress(url), query_timeout: 30_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Says whether the server lets us in now. */
export async function accepts(url: string): Promise<boolean> {
  try {
    await withClient(url, () => Promise.resolve());
    return true;
  } catch {
    return false;
  }
}

/** Makes the database unless it is there. `url` leads to another database of the same server. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  const sql = loadStatements(new URL('../queries/', import.meta.url), ['database-exists', 'create-database']);
  await withClient(url, async (client) => {
    const { rows } = await client.query(sql['database-exists'].text, [name]);
    if (rows.length > 0) return;
    try {
      await client.query(withIdentifiers(sql['create-database'], { name }).text);
    } catch (error) {
      // Another process made it at the same moment.
      const { code } = error as { code?: string };
      if (code !== duplicateDatabase && code !== uniqueViolation) throw error;
    }
  });
}
