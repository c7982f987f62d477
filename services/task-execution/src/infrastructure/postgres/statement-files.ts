import { loadStatements } from '@taskflow/kit-postgres';

const directory = new URL('./queries/', import.meta.url);

/** Statements of the ledger, in the order in which a transaction may run them. */
export const ledgerStatementNames = [
  'read-now',
  'finish-attempts',
  'take-attempts',
  'cancel-waiting',
  'cancel-leased',
  'cancel-delayed',
  'reprioritize-waiting',
  'reprioritize-leased',
  'reprioritize-delayed',
  'expire-sessions',
  'end-sessions',
  'take-lost-attempts',
  'take-overdue-attempts',
  'take-expired-waiting',
  'take-expired-delayed',
  'announce-attempts',
  'verify-leases',
  'stage-due-work',
  'forget-dead-letters',
  'accept-work',
  'requeue-work',
  'delay-work',
  'dead-letter-work',
] as const;
/** Looks of the ledger, outside of its transactions. */
const ledgerLookNames = ['list-late-work', 'find-generation'] as const;
export const ledgerStatements = () => loadStatements(directory, [...ledgerStatementNames, ...ledgerLookNames]);

export const claimStatementNames = ['claim-waiting-work', 'claim-limited-work', 'lock-limited-queues'] as const;
export const claimStatements = () => loadStatements(directory, claimStatementNames);

export const sessionStatements = () =>
  loadStatements(directory, [
    'open-session',
    'resume-session',
    'renew-sessions',
    'find-session',
    'find-leases-of-session',
    'count-sessions',
  ]);

export const lateWorkStatements = () =>
  loadStatements(directory, [
    'look-for-late-work',
    'look-for-lapsed-sessions',
    'find-ended-sessions',
    'count-leases-of-sessions',
    'look-at-leases',
  ]);

export const queueStatements = () =>
  loadStatements(directory, [
    'list-queue-settings',
    'set-queue-paused',
    'set-queue-concurrency',
    'hold-running-work',
    'gate-running-work',
    'count-queues',
    'list-lanes-in-use',
    'find-lanes-of-worker',
  ]);

export const deadLetterStatements = () => loadStatements(directory, ['list-dead-letters']);

export const runStatements = () => loadStatements(directory, ['take-clean-stop', 'record-clean-stop']);
