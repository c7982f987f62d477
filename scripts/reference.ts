// `npm run reference`: writes every page of docs/reference/ that is made from the code.

import { allReferences } from './reference/all-references.ts';
import { generate } from './reference/generated-file.ts';

for (const reference of allReferences) generate(reference, []);
