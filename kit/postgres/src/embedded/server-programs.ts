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
  initdb(draft: string, giveUp?: AbortSignal): Promise<ProgramResult>;
  /** `pg_ctl` on the cluster. One that is given up while it starts a server ends that, too. */
  control(args: readonly string[], giveUp?: AbortSignal): Promise<ProgramResult>;
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

  function run(program: string, args: readonly string[], directory: string, giveUp?: AbortSignal) {
    return new Promise<ProgramResult>((resolve) => {
      const child = spawn(join(binaries, program), args, {
        cwd: directory,
        env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
        stdio: ['ignore', 'pipe', 'pipe'],
        // In a group of its own: what is sent to ours is ours to answer, and half an order helps nobody.
        detached: true,
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
      const interrupt = () => child.kill('SIGINT');
      giveUp?.addEventListener('abort', interrupt, { once: true });
      const end = (result: ProgramResult) => {
        giveUp?.removeEventListener('abort', interrupt);
        resolve(result);
      };
      child.on('error', (error) => end({ code: null, output: `${program}: ${error.message}` }));
      child.on('exit', (code) => end({ code, output: output.trim() }));
    });
  }

  return {
    initdb: (draft, giveUp) =>
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
        giveUp,
      ),
    control: (args, giveUp) => run('pg_ctl', [dataDirectory(cluster), ...args], cluster, giveUp),
  };
}
