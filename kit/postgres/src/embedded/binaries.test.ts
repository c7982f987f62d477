import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@taskflow/kit-testing';
import { linkLibraries, locateBinaries } from './binaries.ts';

test('library names that an install script would have made are made, and made once', () => {
  const native = join(temporaryDirectory(), 'native');
  mkdirSync(join(native, 'lib'), { recursive: true });
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), 'library');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));
  linkLibraries(native);
  linkLibraries(native);
  assert.equal(readFileSync(join(native, 'lib', 'libpq.so.5'), 'utf8'), 'library');
});

test('the programs of this platform are there, with their version', () => {
  const { directory, major } = locateBinaries(undefined);
  assert.ok(['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(directory, name))));
  assert.match(major, /^\d\d$/);
  assert.ok(existsSync(join(dirname(directory), 'share')));
});
