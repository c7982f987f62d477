import type { StreamEntry } from '@taskflow/kit-messaging';

/** One stream as the broker keeps it. It is durable: no crash of an engine takes anything from it. */
export interface Topic {
  readonly source: string;
  readonly stream: number;
  /** What was published, by its number. */
  readonly entries: Map<number, StreamEntry>;
  /** What the producer's relay notes as published. */
  mark: number;
  /** For a relay that numbers by itself: the last number of the outbox that it saw. */
  cursor: number;
  /** What each consumer has acknowledged. */
  readonly acknowledged: Map<string, number>;
}

/** A message broker between processes, as far as a producer and a consumer can tell. */
export class Broker {
  readonly #topics = new Map<string, Topic>();

  topic(source: string, stream: number): Topic {
    const key = `${source}/${stream}`;
    let topic = this.#topics.get(key);
    if (topic === undefined) {
      topic = { source, stream, entries: new Map(), mark: 0, cursor: 0, acknowledged: new Map() };
      this.#topics.set(key, topic);
    }
    return topic;
  }
}
