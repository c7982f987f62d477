import {
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  type EmbeddedPostgresOptions,
  ensureDatabase,
  type StopMode,
  startEmbeddedPostgres,
  watchComplaints,
} from '@taskflow/kit-postgres/embedded';
import { Duty, type Trouble } from '@taskflow/kit-lifecycle';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import { PlatformError } from './platform-error.ts';
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
  /** Brings nothing back from now on; a revival in progress is given up. */
  letGo(): void;
  /** Stops an embedded server; `immediate` leaves its sessions no time. */
  stop(mode?: StopMode): Promise<void>;
  /** Why an embedded server does not come back; undefined while it runs, and while it gives no reason. */
  trouble(): Trouble | undefined;
  /** Directory of an embedded server's data. */
  readonly directory: string | undefined;
  /** It ran before this process came: it may belong to another platform until the locks are held. */
  readonly adopted: boolean;
}

/** Between two attempts to start a server that does not start. */
const restartPauseMs = 1_000;

const databaseOf = (service: ServiceName) => service.replaceAll('-', '_');

/** `giveUp` ends a start that has not come up yet; it rejects then. */
export async function openDatabaseServer(
  settings: PlatformSettings,
  { log, clock, giveUp }: { log: Log; clock: Clock; giveUp: AbortSignal },
): Promise<DatabaseServer> {
  const own: Record<ServiceName, string | undefined> = {
    'task-management': settings.taskManagementDatabaseUrl,
    'task-execution': settings.taskExecutionDatabaseUrl,
  };
  const needsServer = serviceNames.some((service) => own[service] === undefined);
  const server =
    settings.databaseUrl || !needsServer
      ? externalServer(settings.databaseUrl)
      : await embeddedServer(settings.dataDir, { log, clock, giveUp });
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
    trouble: () => undefined,
    directory: undefined,
    revive: async () => {},
    letGo: () => {},
    stop: async () => {},
  };
}

/**
 * Keeps its port from start to start, so that the pools of the services find a server that was brought back
 * under the address that they have.
 */
async function embeddedServer(
  dataDir: string,
  { log, clock, giveUp }: { log: Log; clock: Clock; giveUp: AbortSignal },
): Promise<DatabaseServer> {
  let server: EmbeddedPostgres = await startUnderAdvice({ dataDir, log, clock, giveUp });
  let reviving: Promise<void> | undefined;
  const ending = new AbortController();
  const coming = new Duty(clock);
  /** From the first call for it until it is back. */
  let away: { readonly since: number; readonly complaint: () => string | undefined } | undefined;
  const letGo = () => ending.abort(new Error('the platform stops'));

  const startAgain = async () => {
    away ??= { since: clock.now(), complaint: watchComplaints(dataDir) };
    const again = { dataDir, port: server.port, log, clock, giveUp: ending.signal, dataMustExist: true };
    const found = await startEmbeddedPostgres(again).catch(async (error: unknown) => {
      if (ending.signal.aborted) return;
      if (coming.failed(error))
        log.error({ err: error }, 'the embedded database could not be started again; it will be tried until it can');
      await clock.sleep(restartPauseMs, ending.signal).catch(() => {});
    });
    if (!found) return;
    away = undefined;
    coming.done();
    if (found.pid !== server.pid) log.warn({ pid: found.pid }, 'the embedded database had ended and was started again');
    server = found;
  };
  return {
    description: dataDir,
    directory: dataDir,
    adopted: server.adopted,
    // It may start, and end again in the middle of its recovery, any number of times: nothing fails here then.
    trouble: () => {
      const reason = away?.complaint();
      return away && reason !== undefined ? { since: away.since, reason } : coming.trouble();
    },
    provide: async (service) => {
      await server.ensureDatabase(databaseOf(service));
      return server.localUrl(databaseOf(service));
    },
    revive: () => {
      if (ending.signal.aborted) return Promise.resolve();
      reviving ??= startAgain().finally(() => {
        reviving = undefined;
      });
      return reviving;
    },
    letGo,
    stop: async (mode) => {
      letGo();
      await reviving?.catch(() => {});
      await server.stop(mode);
    },
  };
}

/** What a person can mend is told as such: a directory that is not open to us, a server that does not come up. */
async function startUnderAdvice(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await startEmbeddedPostgres(options);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError)
      throw new PlatformError('database_not_started', error.message, { cause: error });
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined || path === undefined) throw error;
    throw new PlatformError(
      'database_not_started',
      `The data directory ${options.dataDir} cannot be used: ${(error as Error).message}. ` +
        'Make it writable for this user, or choose another one: --data-dir or TASKFLOW_DATA_DIR.',
      { cause: error },
    );
  }
}
