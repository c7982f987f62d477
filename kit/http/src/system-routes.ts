import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import { z } from 'zod';
import type { RequestHandling } from './request-handling.ts';
import type { Health, HttpModule, Route } from './route.ts';

interface SystemOptions {
  modules: readonly HttpModule[];
  telemetry: Telemetry;
  clock: Clock;
}

/** A dependency that has not answered by then is failing. */
const healthDeadlineMs = 2_000;

const dependency = z.object({ state: z.enum(['ok', 'failing']), detail: z.string().optional() });
const healthReport = z.object({
  status: z.enum(['ok', 'failing', 'starting']),
  /** By `<module>.<dependency>`. */
  dependencies: z.record(z.string(), dependency),
});
type HealthReport = z.infer<typeof healthReport>;

/** Routes that every server has, whatever runs on it. */
export function systemRoutes(options: SystemOptions, handling: RequestHandling, describe: () => object): Route[] {
  const report = () => healthOf(options, handling.isReady());
  // Probes and scrapers add parameters of their own, which change nothing.
  const system = { method: 'GET', tag: 'system', query: z.looseObject({}) } as const;
  let document: string | undefined;
  return [
    {
      ...system,
      path: '/livez',
      summary: 'Whether the process runs',
      answers: { 200: z.object({ status: z.literal('ok') }) },
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
    },
    {
      ...system,
      path: '/readyz',
      summary: 'Whether requests can be served now',
      answers: { 200: healthReport, 503: healthReport },
      handle: async () => {
        const body = await report();
        if (body.status === 'ok') return { status: 200, body };
        return { status: 503, body, headers: { 'retry-after': '1' } };
      },
    },
    {
      ...system,
      path: '/health',
      summary: 'State of each dependency',
      answers: { 200: healthReport, 503: healthReport },
      handle: async () => {
        const body = await report();
        return { status: body.status === 'failing' ? 503 : 200, body };
      },
    },
    {
      ...system,
      path: '/metrics',
      summary: 'Metrics in the Prometheus text format',
      answers: { 200: z.string() },
      mediaType: 'text/plain',
      handle: async () => ({
        status: 200,
        json: await options.telemetry.metrics.metrics(),
        headers: { 'content-type': options.telemetry.metrics.contentType },
      }),
    },
    {
      ...system,
      path: '/openapi.json',
      summary: 'This API as OpenAPI 3.1',
      answers: { 200: z.record(z.string(), z.unknown()) },
      handle: async () => {
        document ??= JSON.stringify(describe());
        return { status: 200, json: document };
      },
    },
  ];
}

async function healthOf({ modules, clock }: SystemOptions, ready: boolean): Promise<HealthReport> {
  const reports = await Promise.all(
    modules.map(async (module) => {
      const health = await healthInTime(module, clock);
      return Object.entries(health).map(([name, state]) => [`${module.name}.${name}`, state] as const);
    }),
  );
  const dependencies = Object.fromEntries(reports.flat());
  const failing = Object.values(dependencies).some(({ state }) => state === 'failing');
  return { status: failing ? 'failing' : ready ? 'ok' : 'starting', dependencies };
}

async function healthInTime(module: HttpModule, clock: Clock): Promise<Health> {
  const { promise, resolve } = Promise.withResolvers<Health>();
  const late = clock.after(healthDeadlineMs, () =>
    resolve({ health: { state: 'failing', detail: 'no answer in time' } }),
  );
  module.health().then(resolve, () => resolve({ health: { state: 'failing', detail: 'the check itself failed' } }));
  const health = await promise;
  late();
  return health;
}
