import {
  createDatabase,
  type Database,
  type DatabaseProfile,
  loadStatements,
  type MigrationLine,
  migrate,
  type Row,
  type Statement,
} from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { ensureDatabase } from '@taskflow/kit-postgres/embedded';
import { eventually, startTestServer } from '@taskflow/kit-testing';
import { taskExecutionMigrations } from '@taskflow/task-execution';
import { taskManagementMigrations } from '@taskflow/task-management';

export const serviceNames = ['task-management', 'task-execution'] as const;
export type ServiceName = (typeof serviceNames)[number];

export const statements = loadStatements(new URL('../../queries/', import.meta.url), [
  'begin-again',
  'blocked-sessions',
  'careful-begin',
  'careful-keep',
  'careful-undo',
  'find-wal-writer',
  'flush-wal',
  'limit-lock-wait',
  'read-audit',
  'read-outbox',
  'read-outbox-behind',
  'set-clock',
]);

/** One service's real database, as all runs of this process use it one after the other. */
export interface Store {
  readonly name: ServiceName;
  readonly url: string;
  /** Real connections that outlive engines and runs: making one takes longer than a hundred statements. */
  pool(profile: DatabaseProfile): Database;
  /** Looks without disturbing. */
  look<R = Row>(statement: Statement, parameters?: readonly (string | number)[]): Promise<R[]>;
}

/** A PostgreSQL server of its own with both services' databases: nobody else's transactions change where rows lie. */
export interface SimulationServer {
  readonly stores: Readonly<Record<ServiceName, Store>>;
  /** Both databases as their migrations left them. */
  clean(): Promise<void>;
  /** Makes durable what was committed asynchronously, as the server's WAL writer does now and then. */
  flush(): Promise<void>;
  /**
   * Ends the server in the middle of whatever it does, and resolves when it has recovered: every session is gone, and
   * so is all that was committed asynchronously since something made the log durable. `letGo` is called when the
   * sessions have ended, to end whatever still holds one.
   */
  crash(letGo: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Vacuum moves rows when it likes, and deadlocks are to be found before anybody notices that statements wait. Nothing
 * but commits and `flush` may write the log to disk: not a full buffer, a checkpoint or somebody who tidies up.
 */
const serverSettings = {
  autovacuum: 'off',
  deadlock_timeout: '5ms',
  shared_buffers: '48MB',
  max_connections: '120',
  wal_buffers: '32MB',
  bgwriter_lru_maxpages: '0',
  checkpoint_timeout: '1d',
  max_wal_size: '8GB',
};

/** A plan made for the values at hand depends on how often the statement ran before on the same connection. */
const sessionSettings = '-c plan_cache_mode=force_generic_plan';

const simulationLine: MigrationLine = {
  component: 'simulation',
  directory: new URL('../../migrations/', import.meta.url),
};

export async function openSimulationServer(): Promise<SimulationServer> {
  const server = await startTestServer(serverSettings);
  const open = (name: ServiceName, lines: readonly MigrationLine[]) =>
    openStore(name, server.url, [...lines, simulationLine]);
  const stores = {
    'task-management': await open('task-management', taskManagementMigrations),
    'task-execution': await open('task-execution', taskExecutionMigrations),
  };
  const { look } = stores['task-execution'];
  const walWriter = new FrozenWalWriter(look);
  await walWriter.freeze();
  const stopNow = () => {
    walWriter.thaw();
    server.stopNow();
  };
  process.once('exit', stopNow);
  return {
    stores,
    clean: async () => {
      for (const name of serviceNames) await stores[name].look(statements['begin-again']);
    },
    flush: async () => {
      await look(statements['flush-wal']);
    },
    crash: (letGo) =>
      withChanceOfItsOwn(async () => {
        walWriter.kill();
        const endings = serviceNames.map((name) => stores[name].reopen());
        // Another one shows that the server has begun anew; until then an old session may still be served.
        await walWriter.freeze();
        await letGo();
        for (const end of endings) await end();
      }),
    stop: async () => {
      await Promise.all(serviceNames.map((name) => stores[name].close()));
      process.off('exit', stopNow);
      walWriter.thaw();
      await server.stop();
    },
  };
}

const trueChance = Math.random;

/** How often real pools try to connect again is no matter of the seed: they must not draw from its chance. */
async function withChanceOfItsOwn(work: () => Promise<void>): Promise<void> {
  const seeded = Math.random;
  Math.random = trueChance;
  try {
    await work();
  } finally {
    Math.random = seeded;
  }
}

/**
 * The one process of the server that makes asynchronous commits durable when it likes. It stands still, so that the
 * seed decides; and a server one of whose processes was killed lets go of all its memory and recovers from the log.
 */
class FrozenWalWriter {
  readonly #look: Store['look'];
  #pid = 0;

  constructor(look: Store['look']) {
    this.#look = look;
  }

  async freeze(): Promise<void> {
    const before = this.#pid;
    await eventually(async () => {
      const [row] = await this.#look<{ pid: number }>(statements['find-wal-writer']);
      this.#pid = row?.pid ?? before;
      return this.#pid !== before;
    });
    process.kill(this.#pid, 'SIGSTOP');
  }

  /** It does not end on demand while it stands still. */
  thaw(): void {
    process.kill(this.#pid, 'SIGCONT');
  }

  kill(): void {
    process.kill(this.#pid, 'SIGKILL');
  }
}

async function openStore(name: ServiceName, serverUrl: string, lines: readonly MigrationLine[]) {
  await ensureDatabase(serverUrl, name);
  const address = new URL(serverUrl);
  address.pathname = `/${name}`;
  const url = address.href;
  await migrate({ url, lines });
  address.searchParams.set('options', sessionSettings);
  const open = (profile: DatabaseProfile, poolSize: number) =>
    createDatabase({
      url: address.href,
      name: `${name}-${profile}`,
      poolSize,
      profile,
      queryTimeoutMs: 60_000,
      connectTimeoutMs: 60_000,
      telemetry: silentTelemetry(),
    });
  const openAll = () => ({
    'data-path': open('data-path', 20),
    general: open('general', 20),
    looking: open('general', 2),
  });
  let pools = openAll();
  const close = async ({ looking, general, 'data-path': dataPath }: typeof pools) => {
    await Promise.all([dataPath.stop(), general.stop(), looking.stop()]);
  };
  return {
    name,
    url,
    pool: (profile: DatabaseProfile) => pools[profile],
    look: <R = Row>(statement: Statement, parameters: readonly (string | number)[] = []) =>
      pools.looking.query<R>(statement, parameters),
    /** From now on sessions are new ones. The returned function lets go of those before. */
    reopen: () => {
      const ended = pools;
      pools = openAll();
      return () => close(ended);
    },
    close: () => close(pools),
  };
}
