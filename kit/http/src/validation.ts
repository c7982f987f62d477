import type { ZodType, z } from 'zod';
import { jsonPointer } from '@taskflow/kit-json';
import { Problem, type ProblemDetail } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** Most places that one answer names. */
const maxErrors = 50;

/** The checked body, or a 422 that names every wrong place. */
export function checkBody(schema: ZodType, body: unknown): unknown {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalid('invalid_body', 'The body does not fit this route', result.error.issues, jsonPointer);
}

export function checkQuery(schema: ZodType, query: unknown): unknown {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const pointer = (path: readonly PropertyKey[]) => `?${path.map(String).join('.')}`;
  throw invalid('invalid_query', 'The query does not fit this route', result.error.issues, pointer);
}

/** An id that cannot exist is answered as one that does not. */
export function checkParams(schema: ZodType, params: unknown): unknown {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  throw new Problem(404, { code: 'not_found', detail: 'Nothing exists under this path.' });
}

function invalid(
  code: string,
  sentence: string,
  issues: readonly Issue[],
  pointer: (path: readonly PropertyKey[]) => string,
): Problem {
  const errors = issues.flatMap((issue) => detailsOf(issue, [], pointer)).slice(0, maxErrors);
  const unknown = errors.some((error) => error.code === 'unknown_property');
  const first = errors[0];
  const detail = first ? `${sentence}: ${first.pointer} ${first.detail}.` : `${sentence}.`;
  return new Problem(422, { code: unknown ? 'unknown_property' : code, detail, errors });
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
      detail: 'is no property of this object',
    }));
  }
  if (issue.code === 'invalid_union') {
    return closestBranch(issue.errors).flatMap((inner) => detailsOf(inner, path, pointer));
  }
  return [{ pointer: pointer(path), code: issue.code, detail: withoutEnd(issue.message) }];
}

/** Of a union's branches the one that the value fits best: it fails deepest inside, then at the fewest places. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map((issue) => issue.path.length));
  return [...branches].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
}

function withoutEnd(message: string): string {
  return message
    .replace(/\.$/, '')
    .replace(/^Invalid/, 'is invalid:')
    .replace('is invalid: input:', 'is invalid:');
}
