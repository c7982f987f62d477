import { readdirSync, readFileSync } from 'node:fs';

/** CPU time that a process and its descendants have used so far, in milliseconds; NaN where /proc does not tell. */
export function cpuTimeMs(root: number): number {
  const processes = readProcesses();
  if (processes.length === 0) return Number.NaN;
  const members = new Set([root]);
  for (let grew = true; grew; ) {
    const before = members.size;
    for (const { pid, parent } of processes) if (members.has(parent)) members.add(pid);
    grew = members.size > before;
  }
  return processes.filter(({ pid }) => members.has(pid)).reduce((total, { cpuMs }) => total + cpuMs, 0);
}

/** CPU time that the whole machine has used so far, in milliseconds; NaN where /proc does not tell. */
export function machineCpuTimeMs(): number {
  const [user = Number.NaN, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    /^cpu +(.+)$/m
      .exec(readText('/proc/stat') ?? '')?.[1]
      ?.split(' ')
      .map(Number) ?? [];
  return (user + nice + system + irq + softirq) * 10;
}

interface ProcessTime {
  pid: number;
  parent: number;
  cpuMs: number;
}

/** The kernel counts in hundredths of a second. Time of children that ended counts for their parent. */
function readProcesses(): ProcessTime[] {
  return listProc().flatMap((pid) => {
    const stat = readText(`/proc/${pid}/stat`);
    if (stat === undefined) return [];
    // The name stands in parentheses and may hold anything; state, parent and times follow it.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
    return [{ pid, parent: fields[1] ?? 0, cpuMs: (user + system + childUser + childSystem) * 10 }];
  });
}

function listProc(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Undefined when there is none: another system, or a process that has ended since it was listed. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
