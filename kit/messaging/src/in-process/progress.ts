import type { StreamReader } from './stream-reader.ts';

interface Reported {
  /** Of the producer's database. */
  readonly epoch: number;
  readonly seq: number;
}

/**
 * Tells producers how far their consumers are for good, so that they may drop what nobody can need again. What a crash
 * may still take back is not told: the entry below it would be gone when the consumer asks for it once more.
 */
export class Progress {
  readonly #durable = new Map<StreamReader, number>();
  readonly #reported = new Map<StreamReader, Reported>();

  /** Makes every consumer known to its producer, which from then on keeps what they have not applied for good. */
  async register(readers: readonly StreamReader[]): Promise<void> {
    for (const reader of readers) await this.#report(reader, 0);
  }

  /** The last number that is known to stay applied. */
  durableOf(reader: StreamReader): number {
    return this.#durable.get(reader) ?? 0;
  }

  /** Asks the consumer's database, not memory: one that holds less than it answered before has lost commits. */
  async report(reader: StreamReader): Promise<void> {
    const applied = reader.seq;
    const durable = await reader.durable();
    if (durable < applied) reader.renew();
    this.#durable.set(reader, durable);
    const reported = this.#reported.get(reader);
    // Another run of the producer's database may have forgotten what it was told.
    if (reported?.epoch !== reader.feed.log.incarnation.epoch || durable > reported.seq)
      await this.#report(reader, durable);
  }

  async #report(reader: StreamReader, seq: number): Promise<void> {
    const { log, stream } = reader.feed;
    const { epoch } = log.incarnation;
    await log.acknowledge(reader.consumer, stream, seq);
    this.#reported.set(reader, { epoch, seq });
  }
}
