import { type Child, startChild } from '@taskflow/tests-e2e';

/** What a client of small tasks saw, in milliseconds from the first try to create one until it knew that it completed. */
export interface LoadReport {
  readonly tasks: number;
  readonly completed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly overASecond: number;
  /** How long the slowest took, and when they were sent. */
  readonly slowest: readonly string[];
  /** Median and longest of those sent in the same ten seconds. */
  readonly timeline: readonly string[];
  /** Creations and reads that were answered with 503, or not at all. */
  readonly askedAgain: number;
  /** What was refused, or did not complete within a minute after the end. */
  readonly lost: readonly string[];
}

/** Small tasks at a steady rate until it is asked for its report. */
export async function startSteadyLoad(url: string, perSecond: number, queue: string) {
  const child: Child = startChild({ command: ['tests/chaos/fixtures/steady-load.ts', url, `${perSecond}`, queue] });
  await child.line(/^loading/);
  return {
    async report(): Promise<LoadReport> {
      child.write('stop\n');
      const [, report = ''] = await child.line(/^report (.*)/, 180_000);
      return JSON.parse(report) as LoadReport;
    },
    stop: () => child.stop(),
  };
}
