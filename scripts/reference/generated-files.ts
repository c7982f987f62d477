import { renderOpenApi, renderSettingsReference } from '@taskflow/platform';
import type { GeneratedFile } from './generated-file.ts';

export const settingsReference: GeneratedFile = {
  path: 'docs/reference/settings.md',
  render: renderSettingsReference,
  command: 'node scripts/run.mjs scripts/generate-settings-reference.ts',
};

export const openApiReference: GeneratedFile = {
  path: 'docs/reference/openapi.json',
  render: renderOpenApi,
  command: 'node scripts/run.mjs scripts/generate-openapi.ts',
};
