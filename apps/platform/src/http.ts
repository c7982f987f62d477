import { createHttpServer, type HttpModule, type HttpServer } from '@taskflow/kit-http';
import manifest from '../package.json' with { type: 'json' };
import type { HostedServices, Surroundings } from './composition.ts';
import type { DataLock } from './data-lock.ts';
import type { PlatformSettings } from './settings.ts';
import { unavailableSurfaces } from './unavailable-surfaces.ts';

/** One address for every service; nothing listens before it is started. */
export function createHttp(
  settings: PlatformSettings,
  listen: { host: string; port: number },
  services: HostedServices['services'],
  locks: readonly DataLock[],
  { clock, ids, telemetry }: Surroundings,
): HttpServer {
  return createHttpServer({
    listen,
    modules: [databaseHealth(locks), ...services.map((service) => service.http)],
    unavailable: unavailableSurfaces,
    browserHosts: settings.publicUrl === undefined ? [] : [new URL(settings.publicUrl).hostname],
    telemetry,
    clock,
    ids,
    title: 'TaskFlow',
    version: manifest.version,
  });
}

function databaseHealth(locks: readonly DataLock[]): HttpModule {
  return {
    name: 'platform',
    routes: [],
    health: async () => {
      const bad = locks.find((lock) => lock.state !== 'held');
      return { 'database-server': bad ? { state: 'failing', detail: bad.state } : { state: 'ok' } };
    },
  };
}
