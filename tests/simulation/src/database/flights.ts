import { setTimeout as pause } from 'node:timers/promises';
import { type ServiceName, serviceNames, type Store, statements } from './simulation-server.ts';

/** How a statement ended. */
export type Landing = { readonly rows: unknown } | { readonly error: unknown };

interface Flight {
  readonly store: ServiceName;
  landing?: Landing;
  ended?: Promise<void>;
  readonly land: (landing: Landing) => void;
  hasWaited: boolean;
}

/** Real milliseconds after which a statement is suspected to wait for a lock. */
const suspectAfterMs = 2;
/** Real milliseconds in which the server finds and breaks a deadlock. */
const deadlockMs = 20;

/**
 * Statements that the real server is working on. Each either ends by itself or waits for a lock that another
 * transaction holds; `launch` comes back when it is known which, for this one and for all that were waiting before. A
 * statement that waits is left flying while others go on.
 */
export class Flights {
  readonly #lookout: Store;
  readonly #flying: Flight[] = [];
  readonly #parked: { readonly store: ServiceName; readonly again: () => void }[] = [];
  /** Statements that had to wait for a lock. */
  blocked = 0;

  constructor(lookout: Store) {
    this.#lookout = lookout;
  }

  /**
   * `land` is called when the statement has ended, perhaps long after this has resolved. One that `mayWait` not ends
   * by itself.
   */
  async launch(
    { store, mayWait }: { readonly store: ServiceName; readonly mayWait: boolean },
    start: () => Promise<unknown>,
    land: (landing: Landing) => void,
  ): Promise<void> {
    const flight: Flight = { store, land, hasWaited: false };
    this.#flying.push(flight);
    flight.ended = start().then(
      (rows) => {
        flight.landing = { rows };
      },
      (error: unknown) => {
        flight.landing = { error };
      },
    );
    if (!mayWait) await flight.ended;
    await this.#untilKnown(flight);
    flight.hasWaited = flight.landing === undefined;
    if (flight.hasWaited) this.blocked += 1;
    this.#landAll();
  }

  /**
   * Whether a statement waits for a lock there. A second one may not: when the lock is let go, two that waited for it
   * race inside of the server, and no seed decides who wins.
   */
  isWaiting(store: ServiceName): boolean {
    return this.#flying.some((flight) => flight.store === store);
  }

  /** `again` is called when a lock may have been let go there. */
  park(store: ServiceName, again: () => void): void {
    this.#parked.push({ store, again });
  }

  unpark(store: ServiceName): void {
    const free = this.#parked.filter((parked) => parked.store === store);
    for (const parked of free) this.#parked.splice(this.#parked.indexOf(parked), 1);
    for (const { again } of free) again();
  }

  /** The server is gone: whatever was in the air ends now. */
  async settle(): Promise<void> {
    for (const { ended } of this.#flying) await ended;
    this.#landAll();
    for (const store of serviceNames) this.unpark(store);
  }

  async #untilKnown(latest: Flight): Promise<void> {
    while (this.#inTheAir() > 0) {
      if (latest.landing === undefined) await Promise.race([latest.ended, pause(suspectAfterMs)]);
      const inTheAir = this.#inTheAir();
      if (inTheAir === 0 || !(await this.#allWait(inTheAir))) continue;
      if (latest.landing !== undefined || inTheAir === 1) return;
      // It waits, and so do others: perhaps for each other.
      await pause(deadlockMs);
      if (this.#inTheAir() === inTheAir) return;
    }
  }

  async #allWait(count: number): Promise<boolean> {
    const [row] = await this.#lookout.look<{ blocked: number }>(statements['blocked-sessions']);
    return row?.blocked === count && this.#inTheAir() === count;
  }

  #inTheAir(): number {
    return this.#flying.filter(({ landing }) => landing === undefined).length;
  }

  /** In the order in which they were launched, whichever answer came first. */
  #landAll(): void {
    const landed = this.#flying.filter(({ landing }) => landing !== undefined);
    for (const flight of landed) this.#flying.splice(this.#flying.indexOf(flight), 1);
    for (const { store, land, landing, hasWaited } of landed) {
      land(landing as Landing);
      if (hasWaited) this.unpark(store);
    }
  }
}
