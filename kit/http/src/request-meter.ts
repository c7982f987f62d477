import type { Counter, Histogram, Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';

/** Counts answers and times handlers by the route's pattern, never by its path: one series per route. */
export class RequestMeter {
  readonly #clock: Clock;
  readonly #requests: Counter;
  readonly #durations: Histogram;
  readonly #counters = new Map<string, Counter.Internal>();
  readonly #timers = new Map<string, Histogram.Internal<string>>();

  constructor(telemetry: Telemetry, clock: Clock) {
    this.#clock = clock;
    this.#requests = telemetry.counter({
      name: 'http_requests_total',
      help: 'Answered requests by method, route and status',
      labelNames: ['method', 'route', 'status'],
    });
    this.#durations = telemetry.histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from a complete request to its answer, by method and route',
      labelNames: ['method', 'route'],
    });
  }

  /** `since` is a reading of `clock.monotonic()`. */
  observe(method: string, route: string, status: number, since: number): void {
    this.count(method, route, status);
    const key = `${method} ${route}`;
    let timer = this.#timers.get(key);
    if (!timer) this.#timers.set(key, (timer = this.#durations.labels(method, route)));
    timer.observe((this.#clock.monotonic() - since) / 1_000);
  }

  count(method: string, route: string, status: number): void {
    const key = `${method} ${route} ${status}`;
    let counter = this.#counters.get(key);
    if (!counter) this.#counters.set(key, (counter = this.#requests.labels(method, route, String(status))));
    counter.inc();
  }
}
