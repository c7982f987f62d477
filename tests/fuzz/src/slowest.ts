import type { FuzzRequest } from './requests.ts';
import { createSender } from './send.ts';

export interface TimedRequest {
  /** Its place among the requests of the run, from 1: with the seed it says which request it was. */
  readonly number: number;
  readonly ms: number;
  readonly status: number;
  /** As it was sent. */
  readonly request: FuzzRequest;
}

/** How many are kept, since their bodies may be large. */
const kept = 10;

/** The requests whose answers took longest, whatever that was: a bound that is missing shows before it hurts. */
export class Slowest {
  readonly #kept: TimedRequest[] = [];

  add(timed: TimedRequest): void {
    const place = this.#kept.findIndex(({ ms }) => ms < timed.ms);
    if (place === -1) this.#kept.push(timed);
    else this.#kept.splice(place, 0, timed);
    if (this.#kept.length > kept) this.#kept.pop();
  }

  /** The slowest first. */
  all(): readonly TimedRequest[] {
    return this.#kept;
  }
}

/** How long the answers to one request took that was sent alone, again and again, in ascending order. */
export async function sendAgain(url: string, request: FuzzRequest, times: number): Promise<readonly number[]> {
  const { send, close } = createSender(url);
  const took: number[] = [];
  for (let i = 0; i < times; i += 1) took.push((await send(request)).ms);
  close();
  return took.sort((a, b) => a - b);
}
