import type { JsonSchema } from '../../tests/contracts/contract-schema.ts';

/** Members of an object as a Markdown table; those of objects inside it follow with their path. */
export function memberTable(schema: JsonSchema): string {
  const rows = membersOf(schema, '');
  if (rows.length === 0) return 'No members.';
  return ['| member | type | |', '|---|---|---|', ...rows].join('\n');
}

function membersOf(schema: JsonSchema, prefix: string): string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const always = required.has(name) ? '' : 'optional';
    return [`| \`${path}\` | ${typeText(member)} | ${always} |`, ...innerMembers(member, path)];
  });
}

function innerMembers(schema: JsonSchema, path: string): string[] {
  if (schema.properties !== undefined) return membersOf(schema, `${path}.`);
  if (schema.items?.properties !== undefined) return membersOf(schema.items, `${path}[].`);
  return [];
}

function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return 'any JSON';
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(typeText))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.type === 'array')
    return `list of ${typeText(schema.items ?? {})}${bounds(schema, 'minItems', 'maxItems')}`;
  if (schema.type === 'object') return objectText(schema);
  if (schema.type === 'string') return stringText(schema);
  if (schema.type === undefined) return 'any JSON';
  return `${String(schema.type)}${bounds(schema, 'minimum', 'maximum')}`;
}

function objectText(schema: JsonSchema): string {
  return typeof schema.additionalProperties === 'object'
    ? `object of ${typeText(schema.additionalProperties)}`
    : 'object';
}

function stringText(schema: JsonSchema): string {
  const format = { uuid: 'UUID', 'date-time': 'RFC 3339 instant' }[String(schema['format'])];
  return format ?? `string${bounds(schema, 'minLength', 'maxLength')}`;
}

/** A limit of the number type itself says nothing. */
function bounds(schema: JsonSchema, least: string, limit: string): string {
  const meaningful = (value: unknown): value is number =>
    typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const [from, to] = [schema[least], schema[limit]];
  if (meaningful(from) && meaningful(to)) return ` (${from} to ${to})`;
  if (meaningful(from)) return ` (at least ${from})`;
  return meaningful(to) ? ` (at most ${to})` : '';
}
