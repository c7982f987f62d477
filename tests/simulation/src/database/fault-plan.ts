import type { ServiceName } from './simulation-server.ts';

/** What may go wrong between a service and its database. Probabilities per occasion. */
export interface DatabaseFaults {
  /** The session is ended before a statement. */
  readonly lostSession: number;
  /** The server says that the transaction lost against another one. */
  readonly conflict: number;
  /** The answer to a statement outside of a transaction never comes, although it was carried out. */
  readonly lostAnswer: number;
  /** COMMIT is not answered: it happened. */
  readonly unknownDone: number;
  /** COMMIT is not answered: it did not happen. */
  readonly unknownRolledBack: number;
  /** COMMIT is not answered, and happens later unless the session is ended before. */
  readonly unknownHeld: number;
  /** The engine dies just before COMMIT is sent. */
  readonly crashBeforeCommit: number;
  /** The engine dies after COMMIT took effect and before its answer. */
  readonly crashAfterCommit: number;
  /** The engine dies while the server works on COMMIT, which takes effect later. */
  readonly crashWhileCommitting: number;
  /** The database server dies shortly after a commit that it has not made durable. */
  readonly serverCrashSoon: number;
  /** The service whose commits these are; both where not told. */
  readonly serverCrashAfter?: ServiceName;
}

export const noDatabaseFaults: DatabaseFaults = {
  lostSession: 0,
  conflict: 0,
  lostAnswer: 0,
  unknownDone: 0,
  unknownRolledBack: 0,
  unknownHeld: 0,
  crashBeforeCommit: 0,
  crashAfterCommit: 0,
  crashWhileCommitting: 0,
  serverCrashSoon: 0,
};
