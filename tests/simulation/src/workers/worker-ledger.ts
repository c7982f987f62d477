import type { Delivery } from '@taskflow/contracts-worker-protocol';
import type { Counters } from '../counters.ts';
import type { Effects } from './effects.ts';
import { ordersOf, type Report } from './handler.ts';

export interface Execution {
  readonly worker: string;
  readonly session: string;
  readonly taskId: string;
  readonly generation: number;
  readonly attempt: number;
  readonly lease: string;
  readonly begunAt: number;
  /** When the handler had done its work. */
  endedAt?: number;
  readonly handed?: HandedOn;
}

/** What a step was given as the result of another one. */
export interface HandedOn {
  readonly workflowId: string;
  readonly step: string;
  readonly wants: string;
  readonly given: unknown;
}

export interface Outcome {
  readonly at: number;
  readonly lease: string;
  readonly taskId: string;
  readonly kind: 'complete' | 'fail';
  readonly outcome: 'accepted' | 'superseded';
}

/** A claim of a worker of plain calls. */
export interface OpenClaim {
  readonly worker: string;
  readonly session: string;
  readonly from: number;
  /** When it was answered or given up. */
  to: number;
  /** Tasks that its worker had at a time meanwhile, at most. */
  maxHeld: number;
  readonly slots: number;
}

/** What all workers did and were told, as an outside world would have seen it. Survives every crash. */
export class WorkerLedger {
  readonly effects: Effects;
  readonly executions: Execution[] = [];
  readonly outcomes: Outcome[] = [];
  readonly claims: OpenClaim[] = [];
  /** Answers that no fault excuses. */
  readonly dishonest: string[] = [];
  /** Sessions whose worker said goodbye: ending these is no rescue. */
  readonly goodbyes = new Set<string>();
  /** Leases that a worker reported as failed with another attempt to come, or handed back. */
  readonly failed = new Set<string>();

  constructor(effects: Effects) {
    this.effects = effects;
  }

  /** Nobody waits any more for what this worker asked for. */
  gone(worker: string, at: number): void {
    for (const claim of this.claims) if (claim.worker === worker) claim.to = Math.min(claim.to, at);
  }

  begin(worker: string, session: string, delivery: Delivery, at: number): Execution {
    const { taskId, generation, attempt, lease, workflow } = delivery;
    this.effects.begin(delivery);
    const { wants, given } = ordersOf(delivery);
    const handed =
      workflow && wants !== undefined
        ? { workflowId: workflow.workflowId, step: workflow.step, wants, given }
        : undefined;
    const execution = { worker, session, taskId, generation, attempt, lease, begunAt: at, ...(handed && { handed }) };
    this.executions.push(execution);
    return execution;
  }

  /** The handler of an attempt has come to its end; nobody knows of it yet. */
  finish(delivery: Delivery, report: Report, counters: Counters): void {
    if (report.kind === 'fail') this.failed.add(delivery.lease);
    else if (this.effects.take(delivery) === 'undone') counters.hit('compensation ran');
  }
}
