// Made by `npm run statements` from queries/*.sql and the migrated schema. Not edited by hand.

import { type Column, signature } from '@taskflow/kit-postgres';

/** What each statement takes and gives. */
export const signatures = {
  'add-counts': signature<readonly [
    Column<'tenantId', 'uuid'>,
    Column<'type', 'text'>,
    Column<'day', 'text'>,
    Column<'completed', 'int4'>,
  ], {
    tenant_id: string;
    type: string;
    day: string;
    completed: number;
  }>({
    rows: { tenantId: 'uuid', type: 'text', day: 'text', completed: 'int4' },
  }),
  'list-counts': signature<readonly [
    string,
    string,
    number,
  ], {
    day: string;
    completed: number;
  }>(),
};
