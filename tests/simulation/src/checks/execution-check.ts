import type { WorkerLedger } from '../workers/worker-ledger.ts';
import type { Change, Image } from './audit-reader.ts';

const liveTables = new Set(['waiting', 'leased', 'delayed']);

interface Session {
  /** Virtual time of the latest sign of life. */
  readonly seenAt: number;
  readonly leaves: boolean;
}

interface Dispatched {
  readonly lease: string;
  readonly session: string;
  readonly attempt: number;
  readonly generation: number;
  readonly deadlineAt: number;
}

/** Work as task-execution holds it: in one place at a time, begun once, ended once, and never taken too early. */
export class ExecutionCheck {
  /** Tables that hold a task now. */
  readonly places = new Map<string, string[]>();
  /** The lease under which a generation ended, by `task/generation`. */
  readonly endedUnder = new Map<string, string>();
  readonly #arrivals = new Map<string, number>();
  readonly #latest = new Map<string, Dispatched>();
  readonly #sessions = new Map<string, Session>();
  readonly #ledger: WorkerLedger;
  readonly #leaseMs: number;
  readonly #violate: (text: string) => void;

  constructor(ledger: WorkerLedger, leaseMs: number, violate: (text: string) => void) {
    this.#ledger = ledger;
    this.#leaseMs = leaseMs;
    this.#violate = violate;
  }

  /** All changes of one transaction. */
  see(changes: readonly Change[]): void {
    for (const change of changes) if (change.subject === 'sessions') this.#seeSession(change);
    const live = changes.filter(({ subject }) => liveTables.has(subject));
    const byTask = Map.groupBy(live, ({ before, after }) => String(after.id ?? before.id));
    for (const [id, own] of byTask) this.#seeTask(id, own);
  }

  get left(): string[] {
    return [...this.places]
      .filter(([, tables]) => tables.length > 0)
      .map(([id, tables]) => `${id} is ${tables.join()}`);
  }

  #seeTask(id: string, changes: readonly Change[]): void {
    const before = this.places.get(id) ?? [];
    const after = [...before];
    for (const { subject, change } of changes) {
      if (change === 'insert') after.push(subject);
      else if (change === 'delete') after.splice(after.indexOf(subject), 1);
    }
    this.places.set(id, after);
    if (after.length > 1) this.#violate(`task ${id} is ${after.join(' and ')} at one time`);
    for (const change of changes) {
      if (change.change === 'insert') this.#entered(id, change, before.length === 0);
    }
    const gone = changes.find(({ change }) => change === 'delete');
    if (gone && after.length === 0) this.#ended(id, gone);
  }

  #entered(id: string, { subject, after, at }: Change, isArrival: boolean): void {
    const name = `${id}/${after.generation}`;
    if (isArrival) {
      const arrivals = (this.#arrivals.get(name) ?? 0) + 1;
      this.#arrivals.set(name, arrivals);
      if (arrivals > 1) this.#violate(`task ${name} arrived ${arrivals} times`);
    }
    const latest = this.#latest.get(id);
    if (latest && latest.generation === after.generation) this.#judgeAttempt(name, latest, after, at);
    if (subject === 'leased') {
      this.#latest.set(id, {
        lease: String(after.lease),
        session: String(after.session),
        attempt: Number(after.attempt),
        generation: Number(after.generation),
        deadlineAt: after.deadline_at === null ? Number.POSITIVE_INFINITY : Date.parse(String(after.deadline_at)),
      });
    }
  }

  /** A new attempt needs a failure, a lost worker or a deadline; without one it was taken from somebody who runs it. */
  #judgeAttempt(name: string, latest: Dispatched, after: Image, at: number): void {
    const attempt = Number(after.attempt);
    if (attempt < latest.attempt)
      return this.#violate(`task ${name} went back from attempt ${latest.attempt} to ${attempt}`);
    if (attempt === latest.attempt) return;
    const excused =
      this.#ledger.failed.has(latest.lease) ||
      !this.#sessions.has(latest.session) ||
      Number.isFinite(latest.deadlineAt);
    if (!excused) {
      this.#violate(`task ${name} got attempt ${attempt} at ${at} while the worker of attempt ${latest.attempt} lived`);
    }
  }

  #ended(id: string, { subject, before }: Change): void {
    const name = `${id}/${before.generation}`;
    if (this.endedUnder.has(name)) this.#violate(`task ${name} ended twice`);
    this.endedUnder.set(name, subject === 'leased' ? String(before.lease) : subject);
  }

  #seeSession({ change, before, after, at }: Change): void {
    const id = String(after.id ?? before.id);
    if (change !== 'delete') {
      this.#sessions.set(id, { seenAt: at, leaves: false });
      return;
    }
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    if (!session || this.#ledger.goodbyes.has(id)) return;
    const silentMs = at - session.seenAt;
    if (silentMs < this.#leaseMs) {
      this.#violate(
        `session ${id} was ended ${silentMs} ms after its latest sign of life, the lease is ${this.#leaseMs}`,
      );
    }
  }
}
