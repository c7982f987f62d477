import { renderOpenApi } from '@taskflow/platform';
import type { JsonSchema } from '../../tests/contracts/contract-schema.ts';
import type { GeneratedFile } from './generated-file.ts';
import { memberTable } from './schema-table.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema?: JsonSchema }[];
  readonly requestBody?: { content: Record<string, { schema: JsonSchema }> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Route extends Operation {
  readonly method: string;
  readonly path: string;
}

export const httpReference: GeneratedFile = {
  path: 'docs/reference/http.md',
  command: 'npm run reference',
  render: () => `# HTTP API

JSON in UTF-8, camelCase, UTC instants by RFC 3339. The machine-readable form is [openapi.json](openapi.json), also
served under \`/openapi.json\`; the bodies of answers are described there.

- Errors are \`application/problem+json\` with a stable \`code\`: [errors](errors.md).
- Every answer carries \`X-Request-Id\` (the caller's, if it sent one); \`traceparent\` is accepted and continued.
- \`Idempotency-Key\` on a creating request: the same key and body again give 200 and the first answer's object, the same
  key with another body 422.
- \`Prefer: wait=N\` on the read or the creation of one task or workflow waits up to N seconds (60 at most) for its end;
  \`Preference-Applied\` says that it did. What was created stays so, however the wait ends.
- Durations are milliseconds or text such as \`"30s"\`, \`"5m"\`. Priorities are 0 to 999, higher is more urgent, or one of
  \`critical\`, \`high\`, \`normal\`, \`low\` for 900, 700, 500, 300.
- What the design names and this version does not have is refused with the code \`not_available\`, never ignored.

${[...byTag(routes())].map(([tag, own]) => tagSection(tag, own)).join('\n\n')}
`,
};

function routes(): Route[] {
  const { paths } = JSON.parse(renderOpenApi()) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

function byTag(all: readonly Route[]): Map<string, Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of all) {
    const tag = (route.tags?.[0] ?? 'other').toLowerCase();
    groups.set(tag, [...(groups.get(tag) ?? []), route]);
  }
  return groups;
}

function tagSection(tag: string, own: readonly Route[]): string {
  const title = tag.charAt(0).toUpperCase() + tag.slice(1).replaceAll('-', ' ');
  return [`## ${title}`, ...own.map(routeSection)].join('\n\n');
}

function routeSection({ method, path, summary, parameters = [], requestBody, responses }: Route): string {
  const statuses = Object.keys(responses).filter((status) => status !== 'default');
  const parts = [`### ${method} ${path}`, `${summary ?? ''}. Answers ${statuses.join(' or ')}.`];
  const query = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => `\`${name}\``);
  if (query.length > 0) parts.push(`Query: ${query.join(', ')}.`);
  const body = requestBody?.content['application/json']?.schema;
  if (body !== undefined) parts.push(bodyTable(body));
  return parts.join('\n\n');
}

function bodyTable(schema: JsonSchema): string {
  const branches = schema.anyOf ?? schema.oneOf;
  return branches === undefined ? memberTable(schema) : branches.map(memberTable).join('\n\nor\n\n');
}
