import { statfs } from 'node:fs/promises';
import type { HttpServer } from '@taskflow/kit-http';
import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';

/** Often enough that the log tells of a trouble soon, rare enough that the questions cost nothing. */
const lookEveryMs = 2_000;

/** Tells the log once when a dependency begins to fail and once when it is well again, and keeps the gauge of each. */
export function createHealthWatch(
  http: Pick<HttpServer, 'health'>,
  { clock, telemetry }: { clock: Clock; telemetry: Telemetry },
): Loop {
  const { log } = telemetry;
  const failing = new Set<string>();
  const gauge = telemetry.gauge({
    name: 'health_failing',
    help: '1 while a part of the platform does not do its duty; /health says since when and why.',
    labelNames: ['dependency'],
  });

  /** Gives how many changed. */
  async function look(): Promise<number> {
    const { dependencies } = await http.health();
    let changes = 0;
    for (const [dependency, { state, detail: reason, since }] of Object.entries(dependencies)) {
      const isFailing = state === 'failing';
      gauge.set({ dependency }, isFailing ? 1 : 0);
      if (isFailing === failing.has(dependency)) continue;
      changes += 1;
      if (isFailing) {
        failing.add(dependency);
        log.error({ dependency, reason, since }, 'a part does not do its duty');
      } else end(dependency);
    }
    const gone = [...failing].filter((name) => dependencies[name] === undefined);
    for (const dependency of gone) end(dependency);
    return changes + gone.length;
  }

  function end(dependency: string): void {
    failing.delete(dependency);
    gauge.set({ dependency }, 0);
    log.info({ dependency }, 'a part does its duty again');
  }

  return createLoop({ name: 'health-watch', intervalMs: lookEveryMs, run: look }, { clock, telemetry });
}

/** Bytes that are free for the data; `undefined` where nobody can tell. */
export async function freeBytesOf(directory: string | undefined): Promise<number | undefined> {
  if (directory === undefined) return undefined;
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
