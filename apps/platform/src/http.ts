import { createHttpServer, type HttpModule, type HttpServer } from '@taskflow/kit-http';
import manifest from '../package.json' with { type: 'json' };
import type { HostedServices, Environment } from './composition.ts';
import type { DataLock } from './data-lock.ts';
import type { DatabaseServer } from './database-server.ts';
import { freeBytesOf } from './health-watch.ts';
import { createPlatformHealth } from './platform-health.ts';
import type { PlatformSettings } from './settings.ts';
import { unavailableSurfaces } from './unavailable-surfaces.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Without services that are started, and so without anything that they share. */
export const nothingShared: Shared = { locks: [], workers: [] };

/** What the services share, and what is told of in `/health`. */
export interface Shared {
  readonly server?: Pick<DatabaseServer, 'trouble' | 'directory'>;
  readonly locks: readonly DataLock[];
  /** Those that were started. */
  readonly workers: readonly WorkerProcess[];
}

/** One address for every service; nothing listens before it is started. */
export function createHttp(
  settings: PlatformSettings,
  listen: { host: string; port: number },
  { services, bus }: Pick<HostedServices, 'services' | 'bus'>,
  { server, locks, workers }: Shared,
  { clock, ids, telemetry }: Environment,
): HttpServer {
  const judge = createPlatformHealth(clock);
  const freeBytes = () => freeBytesOf(server?.directory);
  telemetry.gauge({
    name: 'data_directory_free_bytes',
    help: 'Bytes that are free where the data of the embedded database lie.',
    collect: async (gauge) => {
      const free = await freeBytes();
      if (free !== undefined) gauge.set(free);
    },
  });
  const shared: HttpModule = {
    name: 'platform',
    routes: [],
    health: async () =>
      judge({
        locks,
        serverTrouble: server?.trouble(),
        consumers: bus.consumers(),
        freeBytes: await freeBytes(),
        worker: workers.map((worker) => worker.trouble()).find((trouble) => trouble !== undefined),
      }),
  };
  return createHttpServer({
    listen,
    modules: [shared, ...services.map((service) => service.http)],
    unavailable: unavailableSurfaces,
    publicUrl: settings.publicUrl,
    telemetry,
    clock,
    ids,
    title: 'TaskFlow',
    version: manifest.version,
  });
}
