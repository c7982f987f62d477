import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { connectionOptions } from './connection-options.ts';
import { ownAddress } from './own-address.ts';

/** What a developer's shell may hold. */
const shell: Record<string, string> = {
  PGHOST: 'db.example',
  PGPORT: '6000',
  PGDATABASE: 'other',
  PGUSER: 'somebody',
  PGPASSWORD: 'of-somebody',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGOPTIONS: '-c synchronous_commit=off',
  PGCLIENTENCODING: 'LATIN1',
  PGCLIENT_ENCODING: 'LATIN1',
  PGAPPNAME: 'psql',
  PGCONNECT_TIMEOUT: '77',
};
const earlier: Record<string, string | undefined> = {};

before(() => {
  for (const [name, value] of Object.entries(shell)) {
    earlier[name] = process.env[name];
    process.env[name] = value;
  }
});
after(() => {
  for (const name of Object.keys(shell)) {
    const value = earlier[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Everything that the driver has made of a configuration. */
function resolved(config: pg.ClientConfig): Record<string, unknown> {
  const client = new pg.Client(config);
  const { connectionParameters } = client as unknown as { connectionParameters: Record<string, unknown> };
  return { ...connectionParameters, password: connectionParameters['password'], tls: client.ssl };
}

test('variables of the shell change nothing about where and how a connection is made', () => {
  const all = Object.entries(resolved(ownAddress('postgres://own:secret@127.0.0.1:5433/data')));
  const taken = all.filter(([, value]) => Object.values(shell).some((each) => String(value).includes(each)));
  assert.deepEqual(taken, []);
  const { host, port, database, user, tls } = Object.fromEntries(all);
  assert.deepEqual(
    { host, port, database, user, tls },
    {
      host: '127.0.0.1',
      port: 5433,
      database: 'data',
      user: 'own',
      tls: false,
    },
  );
});

test('nor about the session', () => {
  const options = connectionOptions({
    url: 'postgres://own:secret@127.0.0.1/data?options=-c%20search_path%3Dmine',
    name: 'pool',
    profile: 'general',
    queryTimeoutMs: 1_000,
    connectTimeoutMs: 1_000,
  });
  const { options: session, port, application_name } = resolved(options);
  assert.match(String(session), /search_path=mine/);
  assert.doesNotMatch(String(session), /synchronous_commit/);
  assert.deepEqual([port, application_name], [5432, 'pool']);
});

test('a socket, a missing host and what the URL says of TLS are taken as they are', () => {
  assert.equal(resolved(ownAddress('postgres://own:secret@%2Frun%2Fdb:5433/data'))['host'], '/run/db');
  assert.equal(resolved(ownAddress('postgres:///data'))['host'], 'localhost');
  assert.deepEqual(resolved(ownAddress('postgres://own@there/data?sslmode=no-verify'))['tls'], {
    rejectUnauthorized: false,
  });
});

test('only a user and a password that the URL lacks are asked for where every client does', () => {
  const { user, password } = resolved(ownAddress('postgres://there/data'));
  assert.deepEqual([user, password], ['somebody', 'of-somebody']);
});
