import { serviceNames } from '../database/simulation-server.ts';
import { onlooker, watchedBy } from '../engine/onlooker.ts';
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
  readonly #reported = new Map<string, number>();
  /** The last entry that each producer has dropped. */
  readonly #dropped = new Map<string, number>();

  see({ subject, change, before, after, service }: Change): void {
    if (subject === 'consumer_progress' && change !== 'delete')
      this.#reported.set(`${after.consumer} on ${service}/${after.stream}`, Number(after.seq));
    if (subject === 'outbox') this.#dropped.set(service, Math.max(this.#dropped.get(service) ?? 0, Number(before.seq)));
    if (subject !== 'positions' || change === 'delete') return;
    const name = `${service} on ${after.source}/${after.stream}`;
    const stood = this.stands.get(name) ?? 0;
    const [from, to] = [Number(after.after_seq), Number(after.seq)];
    if (from !== stood || to <= from) this.#violate(`${name} stood at ${stood} and moved from ${from} to ${to}`);
    this.stands.set(name, Math.max(stood, to));
  }

  /** A producer drops what it was told to be applied: no more than its consumer's database holds may be told. */
  judgeReported(): void {
    for (const [name, reported] of this.#reported) {
      const stands = this.stands.get(standsAs(name)) ?? 0;
      if (reported <= stands || this.#wasWrong.has(name)) continue;
      this.#wasWrong.add(name);
      this.#violate(`${name} stands at ${stands} and was told to stand at ${reported}`);
    }
  }

  /** Nothing is dropped that one of its consumers has not applied. `onlooks`: there is a second one. */
  judgeDropped(onlooks: boolean): void {
    for (const [source, dropped] of this.#dropped) {
      for (const consumer of consumersOf(source, onlooks)) {
        const stands = this.stands.get(consumer) ?? 0;
        if (dropped > stands) this.#violate(`${consumer} stands at ${stands} and ${dropped} entries were dropped`);
      }
    }
  }

  /** The second consumer has seen whatever the first one has. */
  get isLevel(): boolean {
    return serviceNames.every((source) => {
      const [first = 0, second = 0] = consumersOf(source, true).map((name) => this.stands.get(name) ?? 0);
      return second >= first;
    });
  }
}

/** Their positions, by name: the service that follows, and the onlooker in the same database. */
export function consumersOf(source: string, onlooks: boolean): string[] {
  const other = serviceNames.find((name) => name !== source);
  return [`${other} on ${source}/0`, ...(onlooks ? [`${other} on ${watchedBy(source)}/0`] : [])];
}

/** Where the position lies of what a producer knows as `consumer on source/stream`. */
function standsAs(reported: string): string {
  const source = serviceNames.find((name) => reported.includes(` on ${name}/`)) ?? '';
  return reported.startsWith(`${onlooker} `) ? (consumersOf(source, true)[1] ?? reported) : reported;
}
