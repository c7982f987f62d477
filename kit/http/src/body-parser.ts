import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problemOfJson } from './json-refusal.ts';
import { Problem } from './problem.ts';
import { unsupportedMediaType } from './problem-of-error.ts';
import { parseStrictJson } from './strict-json.ts';

const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * JSON in UTF-8 is the one kind of body that is read; every other is refused with 415. The framework only
 * collects the bytes: a refusal in its parser would close the connection, although the body was read whole.
 */
export function installBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

/** The body as a value; `undefined` when there is none. Throws the problem that stands in its text. */
export function parseBody(request: FastifyRequest): unknown {
  const bytes = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined;
  if (!jsonType.test(request.headers['content-type'] ?? '')) {
    throw unsupportedMediaType('The body must be JSON in UTF-8: Content-Type: application/json.');
  }
  const result = parseStrictJson(bytes);
  if (result.ok) return result.value;
  throw problemOfJson(result.refusal);
}

export function bodyRequired(): Problem {
  return new Problem(400, { code: 'malformed_json', detail: 'This route needs a JSON body, and none was sent.' });
}
