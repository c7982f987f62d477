import { type ZodType, z } from 'zod';
import { jsonPointer } from '@taskflow/kit-json';
import { Problem, type ProblemDetail } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** Most places that one answer names. */
const maxErrors = 50;
const sentences = { body: 'The body does not fit this route', query: 'The query does not fit this route' } as const;
/** Codes of the schema library: they say at which place what is wrong, and of the whole only that it does not fit. */
const schemaCodes: ReadonlySet<string> = new Set<Issue['code']>([
  'invalid_type',
  'too_big',
  'too_small',
  'invalid_format',
  'not_multiple_of',
  'unrecognized_keys',
  'invalid_union',
  'invalid_key',
  'invalid_element',
  'invalid_value',
  'custom',
]);
const noSuchProperty = 'is no property of this object';

/** The checked body, or a 422 that names every wrong place. */
export function checkBody(schema: ZodType, body: unknown): unknown {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalid('invalid_body', sentences.body, result.error.issues, jsonPointer);
}

const noParameters = z.strictObject({});

/** A route without a schema has no parameters. */
export function checkQuery(schema: ZodType | undefined, query: Readonly<Record<string, unknown>>): unknown {
  const refused = Object.keys(query).flatMap((name) => refusedParameter(name, query[name]) ?? []);
  if (refused[0]) throw unfit('invalid_query', sentences.query, refused);
  const result = (schema ?? noParameters).safeParse(query);
  if (result.success) return result.data;
  const pointer = (path: readonly PropertyKey[]) => parameterPointer(path.map(String).join('.'));
  throw invalid('invalid_query', sentences.query, result.error.issues, pointer);
}

/** What is wrong with a parameter whatever the route: no schema says it, because none has to. */
function refusedParameter(name: string, value: unknown): ProblemDetail | undefined {
  const pointer = parameterPointer(name);
  if (Array.isArray(value)) return { pointer, code: 'duplicate_key', detail: 'is given more than once' };
  // The schema library passes over this name in silence.
  if (name === '__proto__') return { pointer, code: 'unknown_property', detail: noSuchProperty };
  if (!holdsNul(name) && !holdsNul(value)) return undefined;
  return { pointer, code: 'invalid_string', detail: 'holds the character NUL' };
}

function parameterPointer(name: string): string {
  return `?${jsonPointer([name]).slice('#/'.length)}`;
}

/** An id that cannot exist is answered as one that does not. */
export function checkParams(schema: ZodType, params: unknown): unknown {
  const parts = Object.values(params as Record<string, unknown>);
  const result = parts.some(holdsNul) ? undefined : schema.safeParse(params);
  if (result?.success) return result.data;
  throw new Problem(404, { code: 'not_found', detail: 'Nothing exists under this path.' });
}

/** No column can hold it. */
function holdsNul(text: unknown): boolean {
  return typeof text === 'string' && text.includes('\0');
}

function invalid(
  code: string,
  sentence: string,
  issues: readonly Issue[],
  pointer: (path: readonly PropertyKey[]) => string,
): Problem {
  const errors = issues.flatMap((issue) => detailsOf(issue, [], pointer)).slice(0, maxErrors);
  return unfit(code, sentence, errors);
}

function unfit(code: string, sentence: string, errors: readonly ProblemDetail[]): Problem {
  const telling = errors.map((error) => error.code).find((found) => !schemaCodes.has(found));
  const first = errors[0];
  const detail = first ? `${sentence}: ${first.pointer} ${first.detail}.` : `${sentence}.`;
  return new Problem(422, { code: telling ?? code, detail, errors });
}

function detailsOf(
  issue: Issue,
  prefix: readonly PropertyKey[],
  pointer: (path: readonly PropertyKey[]) => string,
): ProblemDetail[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointer([...path, key]),
      code: 'unknown_property',
      detail: noSuchProperty,
    }));
  }
  if (issue.code === 'invalid_union') {
    return closestBranch(issue.errors).flatMap((inner) => detailsOf(inner, path, pointer));
  }
  return [{ pointer: pointer(path), code: codeOf(issue), detail: withoutEnd(issue.message) }];
}

/** A rule that a schema adds by hand may name itself: `refine(…, { params: { code } })`. */
function codeOf(issue: Issue): string {
  return issue.code === 'custom' && typeof issue.params?.['code'] === 'string' ? issue.params['code'] : issue.code;
}

/** Of a union's branches the one that the value fits best: it fails deepest inside, then at the fewest places. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]) =>
    issues.reduce((deepest, issue) => Math.max(deepest, issue.path.length), 0);
  return [...branches].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
}

function withoutEnd(message: string): string {
  return message
    .replace(/\.$/, '')
    .replace(/^Invalid/, 'is invalid:')
    .replace('is invalid: input:', 'is invalid:');
}
