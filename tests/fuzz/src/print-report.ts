import { type FuzzReport, slowMs } from './fuzz-api.ts';
import type { FuzzRequest } from './requests.ts';
import type { TimedRequest } from './slowest.ts';

const shown = 600;

export function requestText({ method, path, headers, body }: FuzzRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value.slice(0, shown)}`);
  return [
    `${method} ${path.slice(0, shown)}`,
    ...lines,
    ...(body === undefined ? [] : [`  ${body.slice(0, shown)}`]),
  ].join('\n');
}

/** One line that tells of a request which one it was, so that it can be looked at. */
export function slowText(seed: number, { number, ms, status, request }: TimedRequest): string {
  const { method, path, body } = request;
  const size = body === undefined ? '' : `, body of ${body.length}`;
  return `slow: ${seed}/${number}, ${Math.round(ms)} ms: ${status} ${method} ${path.slice(0, 120)}${size}`;
}

/** How long one request took when it was sent alone. */
export function againText(took: readonly number[]): string {
  const at = (part: number) => Math.round(took[Math.floor((took.length - 1) * part)] ?? 0);
  return `alone, ${took.length} times: least ${at(0)} ms, half ${at(0.5)} ms, 9 of 10 ${at(0.9)} ms, most ${at(1)} ms`;
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
  const { sent, later, statuses, slow, slowest, findings } = report;
  const byStatus = new Map<string, number>();
  for (const [place, count] of statuses) {
    const status = place.slice(-3);
    byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  }
  const counts = [...byStatus].sort(([a], [b]) => (a < b ? -1 : 1)).map(([status, count]) => `${status}: ${count}`);
  return [
    `seed ${seed}: ${sent} requests, ${later} asked to come again later, ${slow} took over ${slowMs} ms`,
    `  ${counts.join(', ')}`,
    `  never answered 2xx: ${neverSucceeded(report).join(', ') || 'none'}`,
    ...slowest.map((timed) => `  ${slowText(seed, timed)}`),
    ...findings.map(({ wrong, request }) => `FOUND with seed ${seed}: ${wrong}\n${requestText(request)}`),
  ].join('\n');
}
