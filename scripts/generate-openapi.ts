// `node scripts/run.mjs scripts/generate-openapi.ts [--check]`: docs/reference/openapi.json from the routes.

import { generate } from './reference/generated-file.ts';
import { openApiReference } from './reference/generated-files.ts';

process.exit(generate(openApiReference, process.argv.slice(2)));
