import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createDatabase } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { isSameProcess, reaperOf } from '@taskflow/kit-postgres/embedded';
import { temporaryDirectory } from './temporary-directory.ts';
import { eventually } from './waiting.ts';

const program = fileURLToPath(new URL('./programs/join-server.ts', import.meta.url));

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function joined(home: string): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [program, home, '100'], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  for await (const url of createInterface(child.stdout)) return { process: child, url };
  throw new Error('the process did not join');
}

async function answers(url: string): Promise<boolean> {
  const database = createDatabase({
    url,
    name: 'test',
    poolSize: 1,
    profile: 'general',
    telemetry: silentTelemetry(),
  });
  try {
    await database.query({ name: 'one', text: 'SELECT 1 AS one' });
    return true;
  } catch {
    return false;
  } finally {
    await database.stop();
  }
}

test('processes that come at once share one server, which goes when the last of them has left', async () => {
  const home = join(temporaryDirectory(), 'server');
  const [first, second] = await Promise.all([joined(home), joined(home)]);
  assert.equal(first.url, second.url);
  const reaper = readFileSync(reaperOf(home), 'utf8');

  first.process.kill('SIGKILL');
  await eventually(() => first.process.signalCode === 'SIGKILL');
  const third = await joined(home);
  assert.equal(third.url, second.url, 'one is still there');
  second.process.stdin?.end();
  assert.equal(await answers(third.url), true);
  assert.equal(readFileSync(reaperOf(home), 'utf8'), reaper, 'one reaper is enough');

  third.process.stdin?.end();
  await eventually(() => !existsSync(home) && !isSameProcess(reaper), { withinMs: 30_000 });
  assert.equal(await answers(third.url), false);
});
