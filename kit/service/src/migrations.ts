import { messagingMigrations } from '@taskflow/kit-messaging-postgres';
import type { MigrationLine } from '@taskflow/kit-postgres';

/** Migrations of a service's database, in the order of application. `directory` ends with a slash. */
export function serviceMigrations(service: string, directory: URL): readonly MigrationLine[] {
  return [
    { component: 'messaging', directory: messagingMigrations },
    { component: service, directory },
  ];
}
