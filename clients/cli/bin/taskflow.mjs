#!/usr/bin/env node
// Starts the CLI under a Node that runs TypeScript: this one, or the one that the workspace brought along.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/main.ts', import.meta.url);
const oldestMajor = 24;

if (Number.parseInt(process.versions.node, 10) >= oldestMajor) {
  await import(main.href);
} else {
  const node = findNode(dirname(fileURLToPath(import.meta.url)));
  if (node === undefined) {
    process.stderr.write(`taskflow needs Node ${oldestMajor} or newer; this is ${process.versions.node}\n`);
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
}

/** The nearest `node_modules/.bin/node` from `directory` up to the root. */
function findNode(directory) {
  const candidate = join(directory, 'node_modules', '.bin', 'node');
  if (existsSync(candidate)) return candidate;
  const parent = dirname(directory);
  return parent === directory ? undefined : findNode(parent);
}
