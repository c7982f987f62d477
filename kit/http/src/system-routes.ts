import type { Telemetry } from '@taskflow/kit-telemetry';
import { z } from 'zod';
import { type HealthCheck, healthReport } from './health.ts';
import type { RequestHandling } from './request-handling.ts';
import { type Route, systemTag } from './route.ts';

interface SystemOptions {
  telemetry: Telemetry;
  health: HealthCheck;
}

/** Routes that every server has, whatever runs on it. */
export function systemRoutes(options: SystemOptions, handling: RequestHandling, describe: () => object): Route[] {
  const report = async () => {
    const { blocked, ...body } = await options.health.report(handling.isReady());
    return { blocked, body };
  };
  // Probes and scrapers add parameters of their own, which change nothing.
  const system = { method: 'GET', tag: systemTag, query: z.looseObject({}) } as const;
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
        const { blocked, body } = await report();
        if (!blocked) return { status: 200, body };
        return { status: 503, body, headers: { 'retry-after': '1' } };
      },
    },
    {
      ...system,
      path: '/health',
      summary: 'State of each dependency',
      answers: { 200: healthReport, 503: healthReport },
      handle: async () => {
        const { body } = await report();
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
