import type { FastifyInstance } from 'fastify';
import { problemOfJson } from './json-refusal.ts';
import { unsupportedMediaType } from './problem-of-error.ts';
import { parseStrictJson } from './strict-json.ts';

const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** JSON in UTF-8 is the one thing that is read; every other kind of body is refused with 415. */
export function installBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (!jsonType.test(request.headers['content-type'] ?? '')) {
      return done(unsupportedMediaType('The body must be JSON in UTF-8: Content-Type: application/json.'));
    }
    if (body.length === 0) return done(null, undefined);
    const result = parseStrictJson(body as Buffer);
    if (result.ok) done(null, result.value);
    else done(problemOfJson(result.refusal));
  });
}
