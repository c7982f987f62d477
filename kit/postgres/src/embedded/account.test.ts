import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@taskflow/kit-testing';
import { canReach, serverAccount } from './account.ts';

const stranger = { uid: 65_534, gid: 65_534 };

function nested(outerMode: number): string {
  const outer = temporaryDirectory();
  const inner = join(outer, 'inner');
  mkdirSync(inner);
  chmodSync(inner, 0o755);
  chmodSync(outer, outerMode);
  return inner;
}

test('a path is reachable only if every directory on it is open', () => {
  assert.equal(canReach(nested(0o755), stranger), true);
  assert.equal(canReach(nested(0o700), stranger), false);
});

test('the owner and the group have their own rights', () => {
  const inner = nested(0o700);
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  assert.equal(canReach(inner, self), true);
});

test('the server never runs as root', () => {
  const account = serverAccount(join(tmpdir(), 'no-such-cluster'));
  if (process.getuid?.() === 0) assert.ok(account !== undefined && account.uid > 0);
  else assert.equal(account, undefined);
});
