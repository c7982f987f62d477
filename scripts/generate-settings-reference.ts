// `node scripts/run.mjs scripts/generate-settings-reference.ts [--check]`: docs/reference/settings.md from the schema.

import { generate } from './reference/generated-file.ts';
import { settingsReference } from './reference/generated-files.ts';

process.exit(generate(settingsReference, process.argv.slice(2)));
