import { availableParallelism } from 'node:os';
import { listFiles } from '../files/list-files.ts';

/** Tests of one kind, run together; stages run one after the other. */
export interface Stage {
  readonly name: string;
  readonly files: readonly string[];
  /** Files at once. */
  readonly concurrency: number;
  readonly needsServer: boolean;
  /** Longest run of one file, in milliseconds. */
  readonly fileTimeoutMs: number;
}

/** `parts` narrow the files to those whose path holds one of them; none means all. */
export function discoverTests(parts: readonly string[]): Stage[] {
  const chosen = listFiles()
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)));
  const cores = Math.max(2, availableParallelism());
  const ofKind = (kind: Kind) => chosen.filter((path) => kindOf(path) === kind);
  return [
    { name: 'pure', files: ofKind('pure'), concurrency: cores, needsServer: false, fileTimeoutMs: 180_000 },
    // They wait for the server about as long as they work.
    {
      name: 'with PostgreSQL',
      files: ofKind('server'),
      concurrency: cores + 1,
      needsServer: true,
      fileTimeoutMs: 600_000,
    },
    { name: 'end to end', files: ofKind('end to end'), concurrency: 2, needsServer: true, fileTimeoutMs: 600_000 },
    { name: 'faults', files: ofKind('faults'), concurrency: 1, needsServer: true, fileTimeoutMs: 600_000 },
  ];
}

type Kind = 'pure' | 'server' | 'end to end' | 'faults';

/**
 * Tests of a whole platform mostly wait, so that two of them share the machine well. Those that kill processes and wait
 * for leases run alone: beside others they would only measure load.
 */
function kindOf(path: string): Kind {
  if (/^tests\/(chaos|fuzz)\//.test(path)) return 'faults';
  if (/^(tests\/e2e|examples)\//.test(path)) return 'end to end';
  return path.endsWith('.int.test.ts') ? 'server' : 'pure';
}
