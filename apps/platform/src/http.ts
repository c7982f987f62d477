import { createHttpServer, type HttpModule, type HttpServer } from '@taskflow/kit-http';
import manifest from '../package.json' with { type: 'json' };
import type { HostedServices, Surroundings } from './composition.ts';
import type { DataLock } from './data-lock.ts';
import { platformHealth } from './platform-health.ts';
import type { PlatformSettings } from './settings.ts';
import { unavailableSurfaces } from './unavailable-surfaces.ts';

/** One address for every service; nothing listens before it is started. */
export function createHttp(
  settings: PlatformSettings,
  listen: { host: string; port: number },
  { services, bus }: Pick<HostedServices, 'services' | 'bus'>,
  locks: readonly DataLock[],
  { clock, ids, telemetry }: Surroundings,
): HttpServer {
  const shared: HttpModule = {
    name: 'platform',
    routes: [],
    health: async () => platformHealth(locks, bus.consumers()),
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
