import { DatabaseError } from '@taskflow/kit-postgres';

export const sessionWasEnded = (): DatabaseError =>
  new DatabaseError('terminating connection due to administrator command', { sqlstate: '57P01' });

export const lostAgainstAnother = (): DatabaseError =>
  new DatabaseError('could not serialize access due to concurrent update', { sqlstate: '40001' });

export const endedAlready = (): DatabaseError =>
  new DatabaseError('the transaction has ended already', { kind: 'other' });

export const serverIsAway = (): DatabaseError =>
  new DatabaseError('the database system is starting up', { sqlstate: '57P03' });
