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
import { startTestServer } from '@taskflow/kit-testing';
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
export interface Laboratory {
  readonly stores: Readonly<Record<ServiceName, Store>>;
  /** Both databases as their migrations left them. */
  clean(): Promise<void>;
  stop(): Promise<void>;
}

/** Vacuum moves rows when it likes, and deadlocks are to be found before anybody notices that statements wait. */
const serverSettings = { autovacuum: 'off', deadlock_timeout: '5ms', shared_buffers: '48MB', max_connections: '120' };

/** A plan made for the values at hand depends on how often the statement ran before on the same connection. */
const sessionSettings = '-c plan_cache_mode=force_generic_plan';

const simulationLine: MigrationLine = {
  component: 'simulation',
  directory: new URL('../../migrations/', import.meta.url),
};

export async function openLaboratory(): Promise<Laboratory> {
  const server = await startTestServer(serverSettings);
  const stopNow = () => server.stopNow();
  process.once('exit', stopNow);
  const open = (name: ServiceName, lines: readonly MigrationLine[]) =>
    openStore(name, server.url, [...lines, simulationLine]);
  const stores = {
    'task-management': await open('task-management', taskManagementMigrations),
    'task-execution': await open('task-execution', taskExecutionMigrations),
  };
  return {
    stores,
    clean: async () => {
      for (const name of serviceNames) await stores[name].look(statements['begin-again']);
    },
    stop: async () => {
      await Promise.all(serviceNames.map((name) => stores[name].close()));
      process.off('exit', stopNow);
      await server.stop();
    },
  };
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
  const pools = { 'data-path': open('data-path', 20), general: open('general', 20) };
  const looking = open('general', 2);
  return {
    name,
    url,
    pool: (profile: DatabaseProfile) => pools[profile],
    look: <R = Row>(statement: Statement, parameters: readonly (string | number)[] = []) =>
      looking.query<R>(statement, parameters),
    close: async () => {
      await Promise.all([pools['data-path'].stop(), pools.general.stop(), looking.stop()]);
    },
  };
}
