import { OverloadedError } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock, Ids } from '@taskflow/kit-time';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import { type Capabilities, weightOf, WorkerSession } from '../../domain/worker-session.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { SessionStore } from '../ports/session-store.ts';
import type { SettleAttempts } from './settle-attempts.ts';
import { handBack } from './hand-back.ts';
import type { ResumeSession } from './resume-session.ts';

export interface RegisterDependencies {
  readonly store: SessionStore;
  readonly pool: WorkerPool;
  readonly resume: ResumeSession;
  readonly settle: SettleAttempts;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly leaseMs: number;
  readonly bounds: ExecutionBounds;
}

export interface Registration {
  readonly capabilities: Capabilities;
  /** An earlier session to go on with, and the leases that the worker holds of it. */
  readonly resume?: { readonly session: string; readonly holds: readonly string[] } | undefined;
}

export interface Registered {
  readonly session: WorkerSession;
  /** Of `holds`: leases that the worker does not have any more. */
  readonly lost: readonly string[];
}

/** The worker must say less of itself: no later try does better. */
export class RegistrationError extends Error {
  readonly code = 'registration_too_large';
}

/**
 * Lets a worker in. One that comes back within its lease keeps what it holds; what it was sent and does not hold is
 * requeued without costing an attempt. One that comes too late starts anew, and all that it held is lost.
 */
export function createRegisterWorker(deps: RegisterDependencies) {
  const { store, pool, clock, leaseMs, bounds } = deps;
  let registering = 0;

  async function begin(capabilities: Capabilities): Promise<WorkerSession> {
    const { id, createdAt } = await store.open({ id: deps.ids.token(), capabilities, leaseMs });
    const session = new WorkerSession(id, capabilities, createdAt, clock.monotonic());
    pool.add(session);
    return session;
  }

  /** Before anything is written: what one worker says of itself, and how much all of them together make memory hold. */
  function admission(capabilities: Capabilities): void {
    const names = weightOf(capabilities);
    if (names > bounds.registrationNames) {
      throw new RegistrationError(
        `Types, queues and definitions have ${names} characters; at most ${bounds.registrationNames} are kept. Register fewer, or begin several workers.`,
      );
    }
    const isFull = pool.size >= bounds.sessions || pool.names + names > bounds.sessionNames;
    if (isFull) throw new OverloadedError(`${pool.size} workers are registered, and no more are taken now`);
    if (registering >= bounds.registering) throw new OverloadedError(`${registering} workers are registering`);
  }

  async function register({ capabilities, resume }: Registration): Promise<Registered> {
    const session = resume && (await deps.resume.renew(resume.session, capabilities));
    if (!resume || !session) return { session: await begin(capabilities), lost: resume?.holds ?? [] };
    const lost = session.lostOf(resume.holds);
    const missing = session.missingFrom(resume.holds, Number.POSITIVE_INFINITY, 0);
    handBack(deps, missing);
    return { session, lost };
  }

  return async (registration: Registration): Promise<Registered> => {
    admission(registration.capabilities);
    registering += 1;
    try {
      return await register(registration);
    } finally {
      registering -= 1;
    }
  };
}
export type RegisterWorker = ReturnType<typeof createRegisterWorker>;
