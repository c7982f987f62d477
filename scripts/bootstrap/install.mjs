import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Leaves node_modules as the lockfile says. Costs a hash of the lockfile when it already is, and no network then. */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  await holdingLock(root, async () => {
    if (!isInstalled(root)) await install(root);
  });
}

function isInstalled(root) {
  const hash = lockfileHash(root);
  if (readText(stampFile(root)) === hash) return true;
  if (!installedAsLocked(root)) return false;
  stamp(root, hash);
  return true;
}

/** npm keeps what it installed in a hidden lockfile; equal to ours means that somebody ran `npm ci` by hand. */
function installedAsLocked(root) {
  const installed = readText(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const present = JSON.parse(installed).packages;
  const locked = Object.entries(JSON.parse(readText(join(root, 'package-lock.json'))).packages);
  return locked.every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    if (entry.link) return existsSync(join(root, path));
    const found = present[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

async function install(root) {
  process.stderr.write('Installing dependencies (once, about a minute) …\n');
  const { code, output } = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], root);
  if (code !== 0)
    throw new Error(`${output.trim()}\n\nInstalling the dependencies failed (npm ci, exit code ${code}).`);
  stamp(root, lockfileHash(root));
}

function npm(args, root) {
  const cli = process.env.npm_execpath;
  const [command, lead] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  return new Promise((resolve) => {
    const child = spawn(command, [...lead, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    // We end after it: the lock must not be free while it still fills the tree.
    const passOn = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, passOn);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const end = (result) => {
      for (const signal of signals) process.off(signal, passOn);
      resolve(result);
    };
    child.on('error', (error) => end({ code: 127, output: error.message }));
    child.on('close', (code, signal) => end({ code: code ?? 128 + constants.signals[signal], output }));
  });
}

/** One installation at a time: a second `npm ci` would delete the tree that the first is filling. */
async function holdingLock(root, work) {
  const lock = join(tmpdir(), `taskflow-install-${process.getuid?.() ?? 'user'}-${sha256(root).slice(0, 16)}`);
  while (!acquire(lock)) await pause(200);
  try {
    await work();
  } finally {
    rmSync(lock, { force: true, recursive: true });
  }
}

function acquire(lock) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (ownerIsGone(lock)) rmSync(lock, { force: true, recursive: true });
    return false;
  }
}

function ownerIsGone(lock) {
  const pid = Number(readText(join(lock, 'pid')));
  if (!pid) return isOlderThan(lock, 10_000);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function isOlderThan(path, ms) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > ms;
}

/** A tree that cannot be written to (another user's) is used as it is. */
function stamp(root, hash) {
  try {
    writeFileSync(stampFile(root), hash);
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EROFS') throw error;
  }
}

function stampFile(root) {
  return join(root, 'node_modules', '.taskflow-lock-hash');
}

function lockfileHash(root) {
  return sha256(readText(join(root, 'package-lock.json')));
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}
