import type { Log } from '@taskflow/kit-telemetry';
import type { StreamReader } from './stream-reader.ts';

/**
 * Tells producers how far their consumers are. What is told lags by one round: a consumer may commit its position
 * asynchronously, and a crash may take that back for a moment; what it then needs again must still be there.
 */
export class Acknowledger {
  readonly #log: Log;
  readonly #seen = new Map<StreamReader, number>();
  readonly #told = new Map<StreamReader, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Makes every consumer known to its producer, at the position that it starts from. */
  async register(readers: readonly StreamReader[]): Promise<void> {
    for (const reader of readers) {
      await this.#tell(reader, reader.seq);
      this.#seen.set(reader, reader.seq);
    }
  }

  async report(readers: readonly StreamReader[]): Promise<void> {
    for (const reader of readers) {
      const durable = Math.min(this.#seen.get(reader) ?? 0, reader.seq);
      this.#seen.set(reader, reader.seq);
      if (durable <= (this.#told.get(reader) ?? 0)) continue;
      await this.#tell(reader, durable).catch((error: unknown) => {
        this.#log.warn({ err: error, consumer: reader.consumer }, 'A position could not be reported to its producer');
      });
    }
  }

  async #tell(reader: StreamReader, seq: number): Promise<void> {
    await reader.feed.log.acknowledge(reader.consumer, reader.feed.stream, seq);
    this.#told.set(reader, seq);
  }
}
