import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Account } from './account.ts';

export interface ProgramResult {
  /** `null` when the program was killed at its deadline or could not be run. */
  readonly code: number | null;
  /** Everything that it said, for an error message. */
  readonly output: string;
}

export interface ServerPrograms {
  /** Fills an empty directory; the superuser's password is in the file `password` beside it. */
  initdb(draft: string): Promise<ProgramResult>;
  /** `pg_ctl` on the cluster. */
  control(args: readonly string[]): Promise<ProgramResult>;
}

export interface ProgramOptions {
  /** Directory of the programs. */
  binaries: string;
  cluster: string;
  account: Account | undefined;
  superuser: string;
}

const deadlineMs = 60_000;

/**
 * Runs PostgreSQL's own programs. Where they run as another user, the way down to the data may be closed to that
 * user (a project below /root). Linux then still lets a process use the directory that it was started in, under the
 * name /proc/self/cwd; the server inherits it.
 */
export function serverPrograms({ binaries, cluster, account, superuser }: ProgramOptions): ServerPrograms {
  const hidesPath = account !== undefined && process.platform === 'linux';
  const dataDirectory = (path: string) => `--pgdata=${hidesPath ? '/proc/self/cwd' : path}`;

  function run(program: string, args: readonly string[], directory: string): Promise<ProgramResult> {
    return new Promise((resolve) => {
      const child = spawn(join(binaries, program), args, {
        cwd: directory,
        env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: deadlineMs,
        killSignal: 'SIGKILL',
        ...account,
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.on('error', (error) => resolve({ code: null, output: `${program}: ${error.message}` }));
      child.on('exit', (code) => resolve({ code, output: output.trim() }));
    });
  }

  return {
    initdb: (draft) =>
      run(
        'initdb',
        [
          dataDirectory(draft),
          '--pwfile=../password',
          `--username=${superuser}`,
          '--auth=scram-sha-256',
          '--encoding=UTF8',
          '--locale=C',
          '--locale-provider=builtin',
          '--builtin-locale=C.UTF-8',
          '--no-instructions',
        ],
        draft,
      ),
    control: (args) => run('pg_ctl', [dataDirectory(cluster), ...args], cluster),
  };
}
