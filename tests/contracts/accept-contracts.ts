// `npm run contracts:accept`: records additive changes of the contracts as what later changes are compared with.

import { acceptSchemas, owners } from './schema-snapshots.ts';

for (const owner of owners) acceptSchemas(owner);
console.log(`Accepted the contracts of ${owners.join(', ')}`);
