import type { Clock } from '@taskflow/kit-time';

/** Alarms further away are left to the rounds of whoever sets them, which see them come near. */
const maxAheadMs = 60_000;

/** Rings once, at the earliest of the moments that it was set to. What rings says when it is to ring next. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at = Number.POSITIVE_INFINITY;
  #cancel = () => {};
  #isOff = false;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  setIn(ms: number): void {
    const at = this.#clock.monotonic() + ms;
    if (this.#isOff || ms > maxAheadMs || at >= this.#at) return;
    this.#cancel();
    this.#at = at;
    // One millisecond more: the database must have reached the instant when it is asked.
    this.#cancel = this.#clock.after(Math.max(0, Math.ceil(ms)) + 1, () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#ring();
    });
  }

  /** For good. */
  switchOff(): void {
    this.#isOff = true;
    this.#cancel();
  }
}
