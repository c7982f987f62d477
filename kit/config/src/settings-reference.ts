import type { Setting, SettingsSchema } from './setting.ts';

/** A Markdown table of the settings, made from what checks them. */
export function settingsTable(schema: SettingsSchema): string {
  const rows = Object.values(schema).map(row);
  return ['| Setting | Default | Meaning |', '|---|---|---|', ...rows].join('\n');
}

function row({ name, default: fallback, about, secret }: Setting): string {
  const shown = fallback === undefined ? '' : `\`${fallback}\``;
  return `| \`${name}\` | ${shown} | ${about.replaceAll('|', '\\|')}${secret ? ' Secret: never printed.' : ''} |`;
}
