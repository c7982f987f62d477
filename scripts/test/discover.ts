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
    { name: 'with PostgreSQL', files: ofKind('server'), concurrency: cores, needsServer: true, fileTimeoutMs: 600_000 },
    { name: 'whole platform', files: ofKind('platform'), concurrency: 1, needsServer: true, fileTimeoutMs: 600_000 },
  ];
}

type Kind = 'pure' | 'server' | 'platform';

/** Tests of the whole platform kill processes and wait for leases: beside others they would only measure load. */
function kindOf(path: string): Kind {
  if (/^(tests\/(e2e|chaos|fuzz)|examples)\//.test(path)) return 'platform';
  return path.endsWith('.int.test.ts') ? 'server' : 'pure';
}
