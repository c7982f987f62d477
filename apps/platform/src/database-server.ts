import { ensureDatabase, type EmbeddedPostgres, startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { PlatformSettings } from './settings.ts';

export const serviceNames = ['task-management', 'task-execution'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The PostgreSQL server that holds a database per service. */
export interface DatabaseServer {
  /** As a person recognises it: the directory of an embedded server, without credentials for any other. */
  readonly description: string;
  /** URL of a service's own database, which exists once this has resolved. */
  provide(service: ServiceName): Promise<string>;
  /**
   * Called when the server cannot be reached. Tries to bring an embedded one back, and resolves either way; calls at
   * the same time are one.
   */
  revive(): Promise<void>;
  /** Stops an embedded server. */
  stop(): Promise<void>;
  /** It ran before this process came: it may belong to another platform until the locks are held. */
  readonly adopted: boolean;
}

/** Between two attempts to start a server that does not start. */
const restartPauseMs = 1_000;

const databaseOf = (service: ServiceName) => service.replaceAll('-', '_');

export async function openDatabaseServer(settings: PlatformSettings, log: Log, clock: Clock): Promise<DatabaseServer> {
  const own: Record<ServiceName, string | undefined> = {
    'task-management': settings.taskManagementDatabaseUrl,
    'task-execution': settings.taskExecutionDatabaseUrl,
  };
  const needsServer = serviceNames.some((service) => own[service] === undefined);
  const server =
    settings.databaseUrl || !needsServer
      ? externalServer(settings.databaseUrl)
      : await embeddedServer(settings.dataDir, log, clock);
  return { ...server, adopted: server.adopted, provide: async (service) => own[service] ?? server.provide(service) };
}

/** Somebody else runs it, stops it and brings it back. */
function externalServer(url: string | undefined): DatabaseServer {
  return {
    description: 'the PostgreSQL server of TASKFLOW_DATABASE_URL',
    adopted: true,
    provide: async (service) => {
      const address = new URL(url ?? '');
      await ensureDatabase(address.href, databaseOf(service));
      address.pathname = `/${databaseOf(service)}`;
      return address.href;
    },
    revive: async () => {},
    stop: async () => {},
  };
}

/**
 * Keeps its port from start to start, so that the pools of the services find a server that was brought back
 * under the address that they have.
 */
async function embeddedServer(dataDir: string, log: Log, clock: Clock): Promise<DatabaseServer> {
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, log });
  let reviving: Promise<void> | undefined;
  let stopped = false;

  const startAgain = async () => {
    const found = await startEmbeddedPostgres({ dataDir, port: server.port, log }).catch(async (error: unknown) => {
      log.error({ err: error }, 'the embedded database could not be started again; it will be tried until it can');
      await clock.sleep(restartPauseMs);
    });
    if (!found) return;
    if (found.pid !== server.pid) log.warn({ pid: found.pid }, 'the embedded database had ended and was started again');
    server = found;
  };
  return {
    description: dataDir,
    adopted: server.adopted,
    provide: async (service) => {
      await server.ensureDatabase(databaseOf(service));
      return server.localUrl(databaseOf(service));
    },
    revive: () => {
      if (stopped) return Promise.resolve();
      reviving ??= startAgain().finally(() => {
        reviving = undefined;
      });
      return reviving;
    },
    stop: async () => {
      stopped = true;
      await reviving?.catch(() => {});
      await server.stop();
    },
  };
}
