import { loadStatements } from '@taskflow/kit-postgres';

const directory = new URL('./queries/', import.meta.url);

export const outboxStatements = () =>
  loadStatements(directory, [
    'outbox-append',
    'outbox-find-batch',
    'outbox-void-batch',
    'outbox-read',
    'outbox-bounds',
    'outbox-head',
    'outbox-streams',
    'outbox-identity',
    'outbox-record-progress',
  ]);

export const positionStatements = () =>
  loadStatements(directory, ['position-read', 'position-durable', 'move-position']);

export const pruningStatements = () =>
  loadStatements(directory, ['outbox-streams', 'outbox-prune', 'position-chains', 'position-prune']);
