import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { childrenOf, isAlive, type PlatformProcess } from '@taskflow/tests-e2e';

/** What a platform came to while it was watched. */
export interface PlatformSeen {
  /** The platform itself, or a process that it had when the watch began, has ended. */
  readonly endedProcesses: readonly string[];
  /** Most memory that the platform's own process held at once, in MB. */
  readonly maxRssMb: number;
}

const lookEveryMs = 500;

/** Watches the processes of a platform, its worker and its database server among them. */
export function watchPlatform(platform: PlatformProcess) {
  const { pid } = platform.child;
  const watched = new Map([[pid, 'platform'], ...childrenOf(pid).map((child) => [child, nameOf(child)] as const)]);
  const postmaster = platform.postmaster();
  if (postmaster !== undefined) watched.set(postmaster, 'database server');
  const ended = new Set<string>();
  let largest = 0;
  const look = () => {
    for (const [each, name] of watched) if (!isAlive(each)) ended.add(`${name} (${each})`);
    if (platform.child.running()) largest = Math.max(largest, rssOf(pid));
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  return {
    seen(): PlatformSeen {
      look();
      return { endedProcesses: [...ended], maxRssMb: Math.round(largest) };
    },
    stop: () => clearInterval(timer),
  };
}

function nameOf(pid: number): string {
  return execFileSync('ps', ['-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' })
    .trim()
    .slice(0, 100);
}

/** The most that it ever held where the kernel keeps that, else what it holds now. */
function rssOf(pid: number): number {
  if (process.platform !== 'linux')
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', `${pid}`], { encoding: 'utf8' })) / 1_000;
  const [, kB = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kB) * 1_024) / 1e6;
}
