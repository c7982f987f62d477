import assert from 'node:assert/strict';
import { childrenOf, isAlive, eventuallyHolds } from '@taskflow/tests-e2e';

/** SIGKILL to a process and all its children, so that none of them gets to tidy up. Resolves when all are gone. */
export async function killTree(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const all = [pid, ...childrenOf(pid)];
  for (const each of all) signalIfAlive(each, 'SIGKILL');
  await eventuallyHolds(() => assert.deepEqual(all.filter(isAlive), []));
}

/** Stops a process and all its children where they stand. Gives the way back. */
export function freezeTree(pid: number): () => void {
  process.kill(pid, 'SIGSTOP');
  const all = [pid, ...childrenOf(pid)];
  for (const each of all) signalIfAlive(each, 'SIGSTOP');
  return () => {
    for (const each of all) signalIfAlive(each, 'SIGCONT');
  };
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Aims at a process and all its children. The returned function kills them at once, without looking around first, and
 * resolves when they are gone, those that came meanwhile too.
 */
export function aimAtTree(pid: number): () => Promise<void> {
  const aimed = [pid, ...childrenOf(pid)];
  return async () => {
    for (const each of aimed) signalIfAlive(each, 'SIGKILL');
    await eventuallyHolds(() => assert.deepEqual(aimed.filter(isAlive), []));
  };
}
