import { type JsonRefusal, parseStrictItems, parseStrictJson } from '@taskflow/kit-json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problemOfJson } from './json-problem.ts';
import { Problem } from './problem.ts';
import { unsupportedMediaType } from './problem-of-error.ts';

const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * JSON in UTF-8 is the one kind of body that is read; every other is refused with 415. The framework only
 * collects the bytes: a refusal in its parser would close the connection, although the body was read whole.
 */
export function installBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

export interface ReadBody {
  /** `undefined` when there is none. */
  readonly value: unknown;
  readonly refusedItems: ReadonlyMap<number, JsonRefusal>;
}

export const noBody: ReadBody = { value: undefined, refusedItems: new Map() };

/** Throws the problem that stands in the text of the body, unless it is one of an item of the list `itemsApart`. */
export function parseBody(request: FastifyRequest, itemsApart?: string): ReadBody {
  const bytes = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return noBody;
  if (!jsonType.test(request.headers['content-type'] ?? '')) {
    throw unsupportedMediaType('The body must be JSON in UTF-8: Content-Type: application/json.');
  }
  if (itemsApart === undefined) {
    const result = parseStrictJson(bytes);
    if (result.ok) return { ...noBody, value: result.value };
    throw problemOfJson(result.refusal);
  }
  const result = parseStrictItems(bytes, itemsApart);
  if (result.ok) return result;
  throw problemOfJson(result.refusal);
}

export function bodyRequired(): Problem {
  return new Problem(400, { code: 'malformed_json', detail: 'This route needs a JSON body, and none was sent.' });
}
