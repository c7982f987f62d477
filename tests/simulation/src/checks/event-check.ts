import type { Change } from './audit-reader.ts';

interface Wait {
  readonly address: string;
  /** Name and key of the event. */
  readonly awaits: string;
  /** Number of the change. */
  readonly begunAs: number;
  readonly begunAt: number;
}

/** A wait that an event ended. */
interface Met extends Wait {
  readonly event: number;
  readonly endedAs: number;
  readonly endedAt: number;
}

/** Virtual milliseconds after which no transaction is open any more: what began before was there. */
const surelyThereMs = 4_000;

/** An event ends each wait that is there when it comes, and none that begins later. */
export class EventCheck {
  readonly #open = new Map<string, Wait>();
  readonly #met: Met[] = [];

  /** All changes of one transaction. */
  see(changes: readonly Change[]): void {
    for (const { subject, change, before, after, n, at } of changes) {
      if (subject !== 'waits') continue;
      if (change === 'insert') {
        const address = addressOf(after.workflow_id, after.step);
        this.#open.set(address, { address, awaits: `${after.name} ${after.key}`, begunAs: n, begunAt: at });
      } else this.#end(addressOf(before.workflow_id, before.step), n, changes);
    }
  }

  /** Waits that events ended. */
  get met(): number {
    return this.#met.length;
  }

  /** At rest. */
  judge(): string[] {
    const arrivals = [...Map.groupBy(this.#met, ({ event }) => event).values()]
      .map((met) => met.toSorted((a, b) => a.endedAs - b.endedAs)[0] as Met)
      .toSorted((a, b) => a.endedAs - b.endedAs);
    const place = new Map(arrivals.map(({ event }, at) => [event, at]));
    return arrivals.flatMap((first, at) => {
      const own = this.#met.filter(({ event }) => event === first.event);
      const early = this.#met.filter(
        ({ awaits, event, begunAt }) =>
          awaits === first.awaits && (place.get(event) ?? 0) > at && begunAt < first.endedAt - surelyThereMs,
      );
      return [
        ...own
          .filter(({ begunAs }) => begunAs > first.endedAs)
          .map(({ address }) => `event ${first.event} ended ${address}, which began to wait after it had come`),
        ...early.map(({ address }) => `event ${first.event} passed ${address}, which waited when it came`),
      ];
    });
  }

  #end(address: string, endedAs: number, changes: readonly Change[]): void {
    const wait = this.#open.get(address);
    const row = changes.find(
      ({ subject, after }) => subject === 'tasks' && addressOf(after.workflow_id, after.step) === address,
    );
    this.#open.delete(address);
    const { event } = (JSON.parse(String(row?.after.result ?? 'null')) ?? {}) as { event?: number };
    if (wait && row && event !== undefined) this.#met.push({ ...wait, event, endedAs, endedAt: row.at });
  }
}

const addressOf = (workflowId: unknown, step: unknown): string => `${String(workflowId)}/${String(step)}`;
