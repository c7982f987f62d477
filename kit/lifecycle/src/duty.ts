import type { Clock } from '@taskflow/kit-time';

/** A trouble keeps a part from its duty. */
export interface Trouble {
  /** Epoch milliseconds of the first of the failures that followed each other. */
  readonly since: number;
  /** Shown to whoever asks for the health of the process: one line, no address and no credentials. */
  readonly reason: string;
}

/** One failure may be a lost race or a passing outage; so many that follow each other are trouble. */
const failuresOfTrouble = 3;

/** Reasons that are news while failures follow each other. One that tells a number of its own each time is news for ever. */
const maxReasonsReported = 5;

/** Counts the failures of one part that follow each other. */
export class Duty {
  readonly #clock: Pick<Clock, 'now'>;
  #since = 0;
  #failures = 0;
  #reason = '';
  readonly #reported = new Set<string>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Of the latest failure. */
  get reason(): string {
    return this.#reason;
  }

  /**
   * Gives whether it is news: the first failure, or one with a reason that none before it had. A log that repeats itself
   * is not read.
   */
  failed(error: unknown): boolean {
    const reason = reasonOf(error);
    const isNews = !this.#reported.has(reason) && this.#reported.size < maxReasonsReported;
    if (isNews) this.#reported.add(reason);
    if (this.#failures === 0) this.#since = this.#clock.now();
    this.#failures += 1;
    this.#reason = reason;
    return isNews;
  }

  /** Gives how many failures that ended. */
  done(): number {
    const ended = this.#failures;
    this.#failures = 0;
    this.#reported.clear();
    return ended;
  }

  trouble(): Trouble | undefined {
    if (this.#failures < failuresOfTrouble) return undefined;
    return { since: this.#since, reason: this.#reason };
  }
}

const maxReasonChars = 200;

/** A server that shuts down, has crashed or starts up says so in place of an answer. */
const comesOrGoes = new Set(['57P01', '57P02', '57P03']);

/** Words an error for a reader. Where nobody answered it tells of addresses, and of nothing that a reader could use. */
export function reasonOf(error: unknown): string {
  const { code, sqlstate, message } = (error ?? {}) as { code?: unknown; sqlstate?: unknown; message?: unknown };
  const isAway = sqlstate === undefined || comesOrGoes.has(String(sqlstate));
  if (code === 'unavailable' && isAway) return 'a part that it needs does not answer';
  const [line = ''] = String(message ?? error).split('\n');
  const text = line.length > maxReasonChars ? `${line.slice(0, maxReasonChars)}…` : line;
  return typeof sqlstate === 'string' ? `${text} (SQLSTATE ${sqlstate})` : text;
}
