import type { Change } from './audit-reader.ts';

/** Positions of consumers: each step begins where the one before it ended. */
export class PositionCheck {
  /** By `consumer on source/stream`. */
  readonly stands = new Map<string, number>();
  readonly #violate: (text: string) => void;

  constructor(violate: (text: string) => void) {
    this.#violate = violate;
  }

  /** What consumers told their producers, by `consumer on source/stream`. */
  readonly #wasWrong = new Set<string>();
  readonly #told = new Map<string, number>();

  see({ subject, change, after, service }: Change): void {
    if (subject === 'consumer_progress' && change !== 'delete')
      this.#told.set(`${after.consumer} on ${service}/${after.stream}`, Number(after.seq));
    if (subject !== 'positions' || change === 'delete') return;
    const name = `${service} on ${after.source}/${after.stream}`;
    const stood = this.stands.get(name) ?? 0;
    const [from, to] = [Number(after.after_seq), Number(after.seq)];
    if (from !== stood || to <= from) this.#violate(`${name} stood at ${stood} and moved from ${from} to ${to}`);
    this.stands.set(name, Math.max(stood, to));
  }

  /** A producer drops what it was told to be applied: no more than its consumer's database holds may be told. */
  judgeTold(): void {
    for (const [name, told] of this.#told) {
      const stands = this.stands.get(name) ?? 0;
      if (told <= stands || this.#wasWrong.has(name)) continue;
      this.#wasWrong.add(name);
      this.#violate(`${name} stands at ${stands} and was told to stand at ${told}`);
    }
  }
}
