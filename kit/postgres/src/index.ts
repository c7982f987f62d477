export type { Incarnation } from '@taskflow/kit-lifecycle';
export {
  boolArray,
  byteaArray,
  float8Array,
  int4Array,
  int8Array,
  type List,
  textArray,
  timestamptzArray,
  uuidArray,
} from './arrays.ts';
export { type Column, columns, type Signature, signature } from './columns.ts';
export { repeatConflicts } from './conflicts.ts';
export type { DatabaseProfile } from './connection-options.ts';
export type {
  Database,
  Parameter,
  ParametersOf,
  Queryable,
  Row,
  RowOf,
  Statement,
  TransactionOptions,
  TypedStatement,
} from './database.ts';
export { CommitUnknownError, classify, DatabaseError, type DatabaseErrorKind } from './errors.ts';
export { ServerRuns } from './incarnation.ts';
export type { GroupCommit, GroupCommitOptions } from './group-commit.ts';
export { createGroupCommit, type GroupCommitDependencies } from './queueing-group-commit.ts';
export {
  type MigrateOptions,
  MigrationError,
  type MigrationLine,
  migrate,
  postgresMigrations,
  readMigrations,
} from './migrations.ts';
export { createDatabase, type DatabaseOptions } from './pooled-database.ts';
export { rolledBack } from './rolled-back.ts';
export { loadStatements, loadTypedStatements, type TypedStatements, withIdentifiers } from './statements.ts';
