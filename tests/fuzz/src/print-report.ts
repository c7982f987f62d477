import type { FuzzReport } from './fuzz-api.ts';
import type { FuzzRequest } from './requests.ts';

const shown = 600;

export function requestText({ method, path, headers, body }: FuzzRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value.slice(0, shown)}`);
  return [
    `${method} ${path.slice(0, shown)}`,
    ...lines,
    ...(body === undefined ? [] : [`  ${body.slice(0, shown)}`]),
  ].join('\n');
}

/** Routes that were asked and never said yes: what lies behind them was not tried. */
export function neverSucceeded({ statuses }: Pick<FuzzReport, 'statuses'>): string[] {
  const routes = new Map<string, boolean>();
  for (const place of statuses.keys()) {
    const route = place.slice(0, -4);
    routes.set(route, (routes.get(route) ?? false) || place.at(-3) === '2');
  }
  return [...routes].filter(([, succeeded]) => !succeeded).map(([route]) => route);
}

/** What was found, with the smallest request that shows it, and what it took. */
export function reportText(seed: number, report: FuzzReport): string {
  const { sent, later, statuses, slow, findings } = report;
  const byStatus = new Map<string, number>();
  for (const [place, count] of statuses) {
    const status = place.slice(-3);
    byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  }
  const counts = [...byStatus].sort(([a], [b]) => (a < b ? -1 : 1)).map(([status, count]) => `${status}: ${count}`);
  return [
    `seed ${seed}: ${sent} requests, ${later} asked to come again later, ${slow.length} took over a second`,
    `  ${counts.join(', ')}`,
    `  never answered 2xx: ${neverSucceeded(report).join(', ') || 'none'}`,
    ...slow
      .slice(0, 10)
      .map(({ ms, request }) => `  slow, ${Math.round(ms)} ms: ${request.method} ${request.path.slice(0, 120)}`),
    ...findings.map(({ wrong, request }) => `FOUND with seed ${seed}: ${wrong}\n${requestText(request)}`),
  ].join('\n');
}
