import type { OpenClaim } from '../workers/worker-ledger.ts';
import { calmQueue } from '../workload/calm.ts';
import type { Change } from './audit-reader.ts';

interface Waiting {
  readonly task: string;
  readonly from: number;
  to: number;
}

/** Virtual milliseconds of a hand-over when nothing goes wrong: a few statements, at times slow ones. */
const dispatchMs = 400;

/** Work does not wait while a claim is open whose worker has a slot free. It is judged where no fault delays anything. */
export class ClaimCheck {
  readonly #waited: Waiting[] = [];
  readonly #waiting = new Map<string, Waiting>();

  see({ subject, change, before, after, at }: Change): void {
    if (subject !== 'waiting' || (after.queue ?? before.queue) !== calmQueue) return;
    const task = String(after.id ?? before.id);
    if (change === 'delete') {
      const waiting = this.#waiting.get(task);
      if (waiting) waiting.to = at;
      this.#waiting.delete(task);
    } else if (!this.#waiting.has(task)) {
      const waiting = { task, from: at, to: Number.POSITIVE_INFINITY };
      this.#waited.push(waiting);
      this.#waiting.set(task, waiting);
    }
  }

  judge(claims: readonly OpenClaim[], endedAt: number): string[] {
    return claims
      .filter(({ maxHeld, slots }) => maxHeld < slots)
      .flatMap(({ worker, from, to }) =>
        this.#waited
          .map((waiting) => ({ ...waiting, ms: Math.min(to, waiting.to, endedAt) - Math.max(from, waiting.from) }))
          .filter(({ ms }) => ms > dispatchMs)
          .map(({ task, ms }) => `task ${task} waited for ${ms} ms while a claim of ${worker} was open`),
      );
  }
}
