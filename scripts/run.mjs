// Runs one TypeScript file of this repository: `node scripts/run.mjs <file.ts> [arguments]`.
//
// It is the only file that a bare machine executes with whatever Node it has (20 or newer), so it and its
// neighbours in bootstrap/ use nothing but Node itself. Everything after it runs under Node 24.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode } from './bootstrap/find-node.mjs';
import { ensureInstalled } from './bootstrap/install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [script, ...args] = process.argv.slice(2);

/**
 * For glibc, which else keeps an arena for each of a dozen threads and holds on to what large buffers leave in them: a
 * platform that passed on large payloads for a while kept twice the memory that it used. Other allocators ignore it.
 */
const allocator = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576' };

if (script === undefined) fail('Usage: node scripts/run.mjs <file.ts> [arguments]');

try {
  await ensureInstalled(root);
  runUnder(findNode(root));
} catch (error) {
  fail(error.message);
}

/** Becomes the script as far as the caller can see: same terminal, same signals, same end. */
function runUnder(node) {
  const child = spawn(node, [join(root, script), ...args], {
    stdio: 'inherit',
    env: {
      ...allocator,
      ...process.env,
      PATH: join(root, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? ''),
    },
  });
  child.on('error', (error) => fail(`Cannot run ${node}: ${error.message}`));
  // Where it got the signal itself, as part of our group, it knows the copy for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    // The exit code that a shell gives for a death by signal.
    process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0));
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
