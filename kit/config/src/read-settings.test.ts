import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { z } from 'zod';
import { readSettings } from './read-settings.ts';
import { defineSettings, setting } from './setting.ts';
import { SettingsError } from './settings-error.ts';
import { settingsTable } from './settings-reference.ts';
import { choice, duration, isLoopback, listenAddress, nameList, size, urlOf, wholeNumber } from './values.ts';

const schema = defineSettings({
  listen: setting({
    name: 'APP_LISTEN',
    value: listenAddress,
    default: '127.0.0.1:7400',
    about: 'Where it listens.',
    refuse: ({ host }) => (isLoopback(host) ? undefined : { why: 'it asks for no credentials', fix: 'Use 127.0.0.1.' }),
  }),
  lease: setting({ name: 'APP_LEASE', value: duration, default: '15s', about: 'How long a lease lasts.' }),
  level: setting({ name: 'APP_LEVEL', value: choice(['info', 'debug']), default: 'info', about: 'Level.' }),
  key: setting({
    name: 'APP_KEY',
    value: z.string().min(8, 'must have 8 characters').optional(),
    about: 'A key.',
    secret: true,
  }),
});
const read = (env: Record<string, string>, flags: Record<string, string> = {}) =>
  readSettings({ schema, env, flags, prefix: 'APP_', alsoKnown: ['APP_URL'] });
const problemsOf = (env: Record<string, string>) => {
  try {
    read(env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  return assert.fail('the settings were taken');
};

describe('readSettings', () => {
  const directory = mkdtempSync(join(tmpdir(), 'settings-'));
  after(() => rmSync(directory, { recursive: true }));
  const file = (content: string) => {
    const path = join(directory, 'value');
    writeFileSync(path, content);
    return path;
  };

  it('gives defaults where nothing is set, also by an empty text', () => {
    const { settings, warnings } = read({ APP_LEASE: '' });
    assert.deepEqual(settings, {
      listen: { host: '127.0.0.1', port: 7400 },
      lease: 15_000,
      level: 'info',
      key: undefined,
    });
    assert.deepEqual(warnings, []);
  });

  it('lets flags win over the environment, that over the file, that over the default', () => {
    const env = { APP_LEASE_FILE: file('3s\n') };
    assert.equal(read(env).settings.lease, 3_000);
    assert.equal(read({ ...env, APP_LEASE: '2s' }).settings.lease, 2_000);
    assert.equal(read({ ...env, APP_LEASE: '2s' }, { APP_LEASE: '1s' }).settings.lease, 1_000);
  });

  it('reports every wrong value at once, each with what, why and what to do', () => {
    const error = problemsOf({ APP_LEASE: 'soon', APP_LISTEN: 'x:99999', APP_LEVEL: 'loud' });
    assert.deepEqual(
      error.problems.map(({ name }) => name),
      ['APP_LISTEN', 'APP_LEASE', 'APP_LEVEL'],
    );
    for (const { what, why, fix } of error.problems) assert.ok(what && why && fix);
    assert.match(
      error.message,
      /^3 settings are wrong:\n {2}APP_LISTEN: "x:99999" cannot be used\n {4}Why: must be host:port/,
    );
  });

  it('refuses a well-formed value that cannot be served', () => {
    const [problem] = problemsOf({ APP_LISTEN: '0.0.0.0:80' }).problems;
    assert.deepEqual(problem, {
      name: 'APP_LISTEN',
      what: '"0.0.0.0:80" cannot be served',
      why: 'it asks for no credentials',
      fix: 'Use 127.0.0.1.',
    });
  });

  it('never prints a secret', () => {
    assert.doesNotMatch(problemsOf({ APP_KEY: 'canary' }).message, /canary/);
  });

  it('says which file cannot be read', () => {
    const [problem] = problemsOf({ APP_KEY_FILE: join(directory, 'absent') }).problems;
    assert.equal(problem?.name, 'APP_KEY_FILE');
    assert.match(problem?.why ?? '', /ENOENT/);
  });

  it('warns of unknown names of the family, with the nearest known one', () => {
    const { warnings } = read({ APP_LEASES: '1', APP_URL: 'x', APP_SOMETHING_ELSE: '1', OTHER: '1' });
    assert.deepEqual(warnings, [
      'APP_LEASES is no setting and has no effect. Did you mean APP_LEASE?',
      'APP_SOMETHING_ELSE is no setting and has no effect',
    ]);
  });

  it('renders its reference from the schema', () => {
    const table = settingsTable(schema);
    assert.match(table, /^\| Setting \| Default \| Meaning \|\n\|---\|---\|---\|\n/);
    assert.match(table, /\| `APP_LEASE` \| `15s` \| How long a lease lasts\. \|/);
    assert.match(table, /\| `APP_KEY` \|  \| A key\. Secret: never printed\. \|/);
  });
});

describe('values', () => {
  it('reads durations and sizes', () => {
    for (const [text, ms] of [
      ['250', 250],
      ['250ms', 250],
      ['1.5s', 1_500],
      ['5m', 300_000],
      ['1d', 86_400_000],
    ] as const) {
      assert.equal(duration.parse(text), ms);
    }
    assert.equal(size.parse('2MB'), 2_097_152);
    for (const text of ['', '-1s', '5 weeks', 's']) assert.equal(duration.safeParse(text).success, false, text);
  });

  it('reads listen addresses', () => {
    assert.deepEqual(listenAddress.parse('0.0.0.0:80'), { host: '0.0.0.0', port: 80 });
    assert.deepEqual(listenAddress.parse('[::1]:7400'), { host: '::1', port: 7400 });
    assert.deepEqual(listenAddress.parse('7400'), { host: '127.0.0.1', port: 7400 });
    assert.deepEqual(listenAddress.parse(':0'), { host: '127.0.0.1', port: 0 });
    for (const text of ['', 'host', '1:70000', '::1:80', 'a:b']) {
      assert.equal(listenAddress.safeParse(text).success, false, text);
    }
  });

  it('reads numbers, urls and lists', () => {
    assert.equal(wholeNumber(0, 10).parse('7'), 7);
    for (const text of ['11', '-1', '1.5', 'x', ''])
      assert.equal(wholeNumber(0, 10).safeParse(text).success, false, text);
    assert.equal(urlOf('http', 'https').parse('http://a/b'), 'http://a/b');
    for (const text of ['ftp://a', 'a', '']) assert.equal(urlOf('http').safeParse(text).success, false, text);
    assert.deepEqual(nameList.parse(' a, b,,c '), ['a', 'b', 'c']);
  });

  it('knows loopback addresses', () => {
    for (const host of ['127.0.0.1', '127.8.0.2', 'localhost', '::1']) assert.ok(isLoopback(host), host);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', '1127.0.0.1'])
      assert.ok(!isLoopback(host), host);
  });
});
