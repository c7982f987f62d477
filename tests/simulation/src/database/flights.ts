import { setTimeout as pause } from 'node:timers/promises';
import { type Store, statements } from './laboratory.ts';

/** How a statement ended. */
export type Landing = { readonly rows: unknown } | { readonly error: unknown };

interface Flight {
  landing?: Landing;
  ended?: Promise<void>;
  readonly land: (landing: Landing) => void;
}

/** Real milliseconds after which a statement is suspected to wait for a lock. */
const suspectAfterMs = 2;
/** Real milliseconds in which the server finds and breaks a deadlock. */
const deadlockMs = 25;

/**
 * Statements that the real server is working on. Each either ends by itself or waits for a lock that another
 * transaction holds; `launch` comes back when it is known which, for this one and for all that were waiting before. A
 * statement that waits is left flying while others go on.
 */
export class Flights {
  readonly #lookout: Store;
  readonly #flying: Flight[] = [];
  /** Statements that had to wait for a lock. */
  blocked = 0;

  constructor(lookout: Store) {
    this.#lookout = lookout;
  }

  /** `land` is called when the statement has ended, perhaps long after this has resolved. */
  async launch(start: () => Promise<unknown>, land: (landing: Landing) => void): Promise<void> {
    const flight: Flight = { land };
    this.#flying.push(flight);
    flight.ended = start().then(
      (rows) => {
        flight.landing = { rows };
      },
      (error: unknown) => {
        flight.landing = { error };
      },
    );
    await this.#untilKnown(flight);
    if (flight.landing === undefined) this.blocked += 1;
    this.#landAll();
  }

  /** Statements that wait for a lock now. */
  get waiting(): number {
    return this.#flying.length;
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
    for (const { land, landing } of landed) land(landing as Landing);
  }
}
