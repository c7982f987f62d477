import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';
import type { RequestHandling } from './request-handling.ts';
import type { Route, UnavailableRoute } from './route.ts';

/**
 * Installs the answer to what no route takes: 405 with the methods that the path has, 404 `not_available` for a
 * documented surface that is not built, 404 `not_found` for the rest. Only refused requests pay for the search.
 */
export function installNotFound(
  app: FastifyInstance,
  routes: readonly Route[],
  unavailable: readonly UnavailableRoute[],
  handling: RequestHandling,
): void {
  const built = routes.map((route) => ({ method: route.method, pattern: pathPattern(route.path) }));
  const missing = unavailable.map((route) => ({ ...route, pattern: pathPattern(route.path) }));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const lacking = missing.find(
      ({ methods, pattern }) => pattern.test(path) && (!methods || methods.some((method) => method === request.method)),
    );
    if (lacking) return handling.fail(notAvailable(lacking.what), request, reply);
    const allowed = allowedMethods(built.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (allowed.length === 0) return handling.fail(nothingHere(), request, reply);
    if (request.method !== 'OPTIONS') return handling.fail(wrongMethod(request.method, allowed), request, reply);
    void reply.code(204).header('allow', allowed.join(', ')).send();
  });
}

export function notAvailable(what: string): Problem {
  return new Problem(404, { code: 'not_available', detail: `${what} are not available in this version.` });
}

function nothingHere(): Problem {
  return new Problem(404, { code: 'not_found', detail: 'Nothing exists under this path.' });
}

function wrongMethod(method: string, allowed: readonly string[]): Problem {
  const list = allowed.join(', ');
  return new Problem(405, {
    code: 'method_not_allowed',
    detail: `This path has no ${method}; it has ${list}.`,
    headers: { allow: list },
  });
}

const methodOrder = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function allowedMethods(methods: readonly string[]): string[] {
  if (methods.length === 0) return [];
  const allowed = new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']);
  return methodOrder.filter((method) => allowed.has(method));
}

/** `:name` stands for one segment, a trailing `*` for any rest. */
export function pathPattern(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replace('*', '.*')))
    .join('/');
  return new RegExp(`^${source}$`);
}
