import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { type Api, createApi } from './api.ts';
import { atAbruptEnd, type Child, startChild } from './child-process.ts';
import { removeDirectory, temporaryDirectory } from './data-directory.ts';
import { freePort } from './free-port.ts';
import { eventuallyHolds } from '@taskflow/kit-testing';
import { isAlive, postmasterBelow } from './process-tree.ts';

export interface PlatformOptions {
  /** Data of an earlier platform; absent makes a directory of its own, removed at `remove`. */
  readonly dataDir?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** The whole platform as its users start it: a process group of its own on a free port with its own data. */
export interface PlatformProcess {
  readonly url: string;
  readonly api: Api;
  readonly port: number;
  readonly dataDir: string;
  readonly child: Child;
  /** Pid of the embedded database server, while one runs. */
  postmaster(): number | undefined;
  /** SIGTERM; resolves when the platform and its database server have ended. */
  stop(): Promise<void>;
  /** SIGKILL to the whole group: the platform and its worker end at once, the database server may stay behind. */
  kill(): Promise<void>;
  /** Ends everything and removes the data. */
  remove(): Promise<void>;
  /** Runs before the platform is ended by `remove`. */
  onRemove(run: () => Promise<void>): void;
}

export function spawnPlatform(port: number, dataDir: string, options: PlatformOptions = {}): Child {
  return startChild({
    command: ['scripts/start.ts', '--port', `${port}`, '--data-dir', dataDir, '--no-demo', ...(options.args ?? [])],
    env: { TASKFLOW_LOG_LEVEL: 'warn', ...options.env },
  });
}

async function ready(child: Child, api: Api): Promise<void> {
  await eventuallyHolds(
    async () => {
      if (!child.running()) throw new Error(`the platform ended at its start: ${child.stdout()}\n${child.stderr()}`);
      await api.expect(200, 'GET', '/readyz');
    },
    { withinMs: 60_000 },
  );
}

export async function startPlatform(options: PlatformOptions = {}): Promise<PlatformProcess> {
  const dataDir = options.dataDir ?? (await temporaryDirectory('e2e'));
  const port = options.port ?? (await freePort());
  const child = spawnPlatform(port, dataDir, options);
  const url = `http://127.0.0.1:${port}`;
  const api = createApi(url);
  const postmaster = () => postmasterBelow(dataDir);

  async function endDatabase(): Promise<void> {
    const pid = postmaster();
    if (pid === undefined) return;
    process.kill(pid, 'SIGQUIT');
    await eventuallyHolds(() => assert.ok(!isAlive(pid), `database server ${pid} still runs`));
  }

  const beforeRemove: (() => Promise<void>)[] = [];
  const unguard = atAbruptEnd(() => {
    const pid = postmaster();
    if (pid !== undefined) process.kill(pid, 'SIGQUIT');
  });
  const platform: PlatformProcess = {
    url,
    api,
    port,
    dataDir,
    child,
    postmaster,
    async stop() {
      await child.stop();
    },
    async kill() {
      child.signalGroup('SIGKILL');
      await child.exited;
    },
    onRemove: (run) => void beforeRemove.push(run),
    async remove() {
      for (const run of beforeRemove.splice(0)) await run();
      await child.stop();
      child.signalGroup('SIGKILL');
      await endDatabase();
      unguard();
      await removeDirectory(dataDir);
    },
  };
  await ready(child, api).catch(async (error: unknown) => {
    await platform.remove();
    throw error;
  });
  return platform;
}

/** One platform for all tests of a file or a suite; read it inside the tests, not while they are being declared. */
export function usePlatform(options: PlatformOptions = {}): () => PlatformProcess {
  let platform: PlatformProcess | undefined;
  before(async () => {
    platform = await startPlatform(options);
  });
  after(async () => {
    await platform?.remove();
  });
  return () => {
    if (platform === undefined) throw new Error('the platform has not started');
    return platform;
  };
}
