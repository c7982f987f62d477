import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messagingMigrations } from '@taskflow/kit-messaging-postgres';
import type { MigrationLine, Statement } from '@taskflow/kit-postgres';
import { serviceMigrations } from '@taskflow/kit-service';
import { repositoryRoot } from '../files/list-files.ts';

/** Statements of one schema, and the module that says what each of them takes and gives. */
export interface StatementFolder {
  /** Path from `root`; the module lies in it, the statements in its `queries/`. */
  readonly path: string;
  readonly migrations: readonly MigrationLine[];
  /** They are only read: no module says what they take and give. */
  readonly hasNoModule?: boolean;
  /** The repository's unless told. */
  readonly root?: string;
}

export const modulePath = ({ path }: StatementFolder): string => `${path}/statements.generated.ts`;
export const queryPath = ({ path }: StatementFolder, name: string): string => `${path}/queries/${name}.sql`;

export function statementsIn(folder: StatementFolder): Statement[] {
  const directory = join(folder.root ?? repositoryRoot, folder.path, 'queries');
  const names = readdirSync(directory).flatMap((file) => (file.endsWith('.sql') ? file.slice(0, -'.sql'.length) : []));
  return names.sort().map((name) => ({ name, text: readFileSync(join(directory, `${name}.sql`), 'utf8') }));
}

/** Those of the platform, and the one that new ones are copied from. */
const services = ['services/task-management', 'services/task-execution', 'examples/services/task-counts'];

/** By the layout of a service: its code rests on the module that is made here, so it cannot be asked. */
export const serviceFolders: readonly StatementFolder[] = services.map((service) => ({
  path: `${service}/src/infrastructure/postgres`,
  migrations: serviceMigrations(basename(service), pathToFileURL(join(repositoryRoot, service, 'migrations/'))),
}));

const messaging: readonly MigrationLine[] = [{ component: 'messaging', directory: messagingMigrations }];

export const statementFolders: readonly StatementFolder[] = [
  ...serviceFolders,
  { path: 'kit/messaging-postgres/src', migrations: messaging, hasNoModule: true },
  { path: 'kit/service/src', migrations: messaging, hasNoModule: true },
];
