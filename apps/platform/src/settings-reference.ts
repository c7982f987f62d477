import { settingsTable } from '@taskflow/kit-config';
import { platformSettings } from './settings.ts';

/** The reference of all settings as Markdown, made from the schema that checks them. */
export function renderSettingsReference(): string {
  return `# Settings

Each setting is read from the environment, or from the file that \`<NAME>_FILE\` names. Command-line flags win over the
environment, the environment over the file, the file over the default. An empty value counts as absent. Everything that
is wrong is reported at once, at start; an unknown \`TASKFLOW_*\` name is a warning with the nearest known one.

${settingsTable(platformSettings)}

Settings whose only available value is stated above are refused by name when they are given another.
\`OTEL_*\` settings that ask for an exporter are refused too, unless \`OTEL_SDK_DISABLED=true\`; metrics are at \`/metrics\`.
`;
}
