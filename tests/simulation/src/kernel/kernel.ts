import { createHash } from 'node:crypto';
import { Chance } from './chance.ts';

/** Something that lives and can die or stand still: an engine, a worker. What happens to it waits while it is frozen. */
export interface Owner {
  readonly name: string;
  dead: boolean;
  /** Virtual milliseconds. */
  frozenUntil: number;
}

interface Happening {
  at: number;
  readonly tie: number;
  readonly owner: Owner | undefined;
  readonly label: string;
  cancelled: boolean;
  readonly run: () => void | Promise<void>;
}

/** Turns of the event loop without anything new after which nothing more will come by itself. */
const calmTurns = 4;

/**
 * Virtual time and the order of everything. One thing happens at a time; what the program makes of it runs to its end,
 * up to the next statement, timer or message, before the next thing happens. Among things that are due at one moment
 * the seed chooses.
 */
export class Kernel {
  /** Virtual milliseconds since the beginning of the run. */
  now = 0;
  happenings = 0;
  readonly #ties: Chance;
  readonly #queue: Happening[] = [];
  readonly #hash = createHash('sha256');
  readonly #print: ((line: string) => void) | undefined;
  #activity = 0;

  constructor(seed: number, print?: (line: string) => void) {
    this.#ties = new Chance(seed, 'ties');
    this.#print = print;
  }

  /** Lets `run` happen after `ms`; the returned function takes it back. */
  after(ms: number, owner: Owner | undefined, label: string, run: () => void | Promise<void>): () => void {
    this.#activity += 1;
    const happening = {
      at: this.now + Math.max(0, Math.ceil(ms)),
      tie: this.#ties.next(),
      owner,
      label,
      cancelled: false,
      run,
    };
    push(this.#queue, happening);
    return () => {
      happening.cancelled = true;
    };
  }

  /** Adds to the trace by which two runs are compared. */
  note(line: string): void {
    this.#hash.update(`${this.now} ${line}\n`);
    this.#print?.(`${String(this.now).padStart(7)} ${line}`);
  }

  /** The trace so far as 16 hexadecimal digits. */
  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  /** Lets things happen until `isOver` says so between two of them, or nothing is left to happen. */
  async run(isOver: () => boolean): Promise<void> {
    await this.#quiet();
    while (!isOver()) {
      const next = pop(this.#queue);
      if (next === undefined) return;
      if (next.cancelled || next.owner?.dead) continue;
      if (next.owner && next.owner.frozenUntil > Math.max(next.at, this.now)) {
        next.at = next.owner.frozenUntil;
        push(this.#queue, next);
        continue;
      }
      this.now = Math.max(this.now, next.at);
      this.happenings += 1;
      if (next.label !== '') this.note(next.label);
      await next.run();
      await this.#quiet();
    }
  }

  async #quiet(): Promise<void> {
    let seen = this.#activity;
    for (let calm = 0; calm < calmTurns; calm += 1) {
      await turn();
      if (seen === this.#activity) continue;
      seen = this.#activity;
      calm = -1;
    }
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function before(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}

/** A binary heap, the earliest first. */
function push(heap: Happening[], item: Happening): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(item, heap[parent] as Happening)) break;
    heap[at] = heap[parent] as Happening;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Happening[]): Happening | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Happening, heap[child] as Happening)) child += 1;
    if (!before(heap[child] as Happening, last)) break;
    heap[at] = heap[child] as Happening;
    at = child;
  }
  heap[at] = last;
  return first;
}
