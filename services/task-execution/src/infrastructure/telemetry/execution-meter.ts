import type { Counter, Histogram, Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { AttemptOutcome, ExecutionMeter } from '../../application/ports/execution-meter.ts';
import { kindKey, queueKey, type WorkKind } from '../../domain/partition.ts';

/** Kinds of work with a series of their own; users name queues and types, and each name is memory for ever. */
const maxKinds = 500;
const windowSeconds = 60;

interface KindSeries {
  readonly ended: Map<AttemptOutcome, Counter.Internal>;
  readonly duration: Histogram.Internal<string>;
  readonly labels: { readonly queue: string; readonly type: string };
}

/** Events of the last minute, a cell per second. */
class MinuteCount {
  readonly #cells = new Array<number>(windowSeconds).fill(0);
  #second = 0;

  add(second: number, count: number): void {
    this.#forwardTo(second);
    const cell = second % windowSeconds;
    this.#cells[cell] = (this.#cells[cell] ?? 0) + count;
  }

  perSecond(second: number): number {
    this.#forwardTo(second);
    return Math.round((this.#cells.reduce((sum, count) => sum + count, 0) / windowSeconds) * 100) / 100;
  }

  #forwardTo(second: number): void {
    const from = Math.max(this.#second + 1, second - windowSeconds + 1);
    for (let passed = from; passed <= second; passed += 1) this.#cells[passed % windowSeconds] = 0;
    this.#second = Math.max(this.#second, second);
  }
}

export function createExecutionMeter(telemetry: Telemetry, clock: Clock): ExecutionMeter {
  const { executions, durations, expired, superseded, isolated } = metersOf(telemetry);
  const series = new Map<string, KindSeries>();
  let latest: (WorkKind & { readonly series: KindSeries }) | undefined;
  const traffic = new Map<string, { in: MinuteCount; out: MinuteCount }>();

  /** Attempts of one kind mostly end together, so the latest kind's series is kept at hand. */
  function seriesOf(kind: WorkKind): KindSeries {
    const { tenantId, queue, type } = kind;
    if (latest?.type === type && latest.queue === queue && latest.tenantId === tenantId) return latest.series;
    const found = findSeries(kind);
    latest = { tenantId, queue, type, series: found };
    return found;
  }

  function findSeries(kind: WorkKind): KindSeries {
    const key = kindKey(kind);
    const known = series.get(key);
    if (known) return known;
    const isOther = series.size >= maxKinds;
    const labels = isOther ? { queue: 'other', type: 'other' } : { queue: kind.queue, type: kind.type };
    const made = { ended: new Map(), duration: durations.labels(labels), labels };
    if (!isOther) series.set(key, made);
    return made;
  }

  function trafficOf(tenantId: string, queue: string) {
    const key = queueKey(tenantId, queue);
    let counts = traffic.get(key);
    if (!counts) {
      if (traffic.size >= maxKinds) traffic.clear();
      counts = { in: new MinuteCount(), out: new MinuteCount() };
      traffic.set(key, counts);
    }
    return counts;
  }

  const second = () => Math.floor(clock.monotonic() / 1_000);

  return {
    accepted(kind, count) {
      trafficOf(kind.tenantId, kind.queue).in.add(second(), count);
    },
    ended(kind, outcome, ranMs) {
      const { ended, duration, labels } = seriesOf(kind);
      let counter = ended.get(outcome);
      if (!counter) {
        counter = executions.labels({ ...labels, outcome });
        ended.set(outcome, counter);
      }
      counter.inc();
      if (ranMs !== undefined) duration.observe(Math.max(0, ranMs) / 1_000);
      if (outcome !== 'retried' && outcome !== 'released') trafficOf(kind.tenantId, kind.queue).out.add(second(), 1);
    },
    sessionsExpired: (count) => expired.inc(count),
    superseded: (count) => superseded.inc(count),
    isolated: (what) => isolated.inc({ what }),
    rates(tenantId, queue) {
      const counts = traffic.get(queueKey(tenantId, queue));
      const now = second();
      return { in: counts?.in.perSecond(now) ?? 0, out: counts?.out.perSecond(now) ?? 0 };
    },
  };
}

function metersOf(telemetry: Telemetry) {
  const executions = telemetry.counter({
    name: 'task_executions_total',
    help: 'Attempts that ended, by how.',
    labelNames: ['queue', 'type', 'outcome'],
  });
  const durations = telemetry.histogram({
    name: 'task_duration_seconds',
    help: 'Time of an attempt from hand-over to its end.',
    labelNames: ['queue', 'type'],
  });
  const expired = telemetry.counter({ name: 'worker_sessions_expired_total', help: 'Worker sessions that ran out.' });
  const superseded = telemetry.counter({
    name: 'task_reports_superseded_total',
    help: 'Reports about attempts that were no longer in force; nothing was changed.',
  });
  const isolated = telemetry.counter({
    name: 'ledger_isolated_total',
    help: 'Changes, reports and rows that could not be written and were set apart, so that everything else goes on.',
    labelNames: ['what'],
  });
  return { executions, durations, expired, superseded, isolated };
}
