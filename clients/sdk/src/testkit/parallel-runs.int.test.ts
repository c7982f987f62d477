import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../testing/run-kits.ts', import.meta.url));

async function kitsOf(name: string, kits: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, name, String(kits)]);
  return (JSON.parse(stdout) as string[]).sort();
}

test('kits in two processes at once keep to themselves, and the processes end by themselves', async () => {
  const [one, other] = await Promise.all([kitsOf('one', 3), kitsOf('other', 2)]);
  const expected = (name: string, kits: number) =>
    Array.from({ length: kits * 5 }, (_, n) => `${name} ${Math.floor(n / 5)} ${n % 5}`);
  assert.deepEqual(one, expected('one', 3));
  assert.deepEqual(other, expected('other', 2));
});
