import type pg from 'pg';

const defaultPort = '5432';

/**
 * Reads from a URL all that it says of a connection, and nothing that the shell says: libpq's variables (PGHOST,
 * PGSSLMODE, PGOPTIONS, …) are somebody's for other programs, and could lead elsewhere or switch durability off.
 * Whatever the driver would look up there is said here. Only a user or a password that the URL lacks is still asked for
 * as of every client: PGUSER, PGPASSWORD, PGPASSFILE.
 */
export function ownAddress(url: string): pg.ClientConfig {
  const address = new URL(url);
  // With an empty host the driver would take PGHOST, and with an empty port PGPORT.
  if (address.hostname === '' && !address.searchParams.has('host')) address.searchParams.set('host', 'localhost');
  if (address.port === '' && !address.searchParams.has('port')) address.searchParams.set('port', defaultPort);
  return {
    // What it says of `ssl` counts before what stands below.
    connectionString: address.href,
    ssl: false,
    sslnegotiation: 'postgres',
    client_encoding: 'UTF8',
    options: '-c client_encoding=UTF8',
    application_name: 'taskflow',
    connectionTimeoutMillis: 5_000,
  };
}
