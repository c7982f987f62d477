import fc from 'fast-check';
import { definitionBodies, startBodies } from './graphs.ts';
import { hostileEncodings, hostileText, hostileWord } from './hostile-values.ts';
import { placeholder } from './known-ids.ts';
import { nearMisses, printed } from './near-misses.ts';
import { failures, reports, results } from './reports.ts';
import { type JsonSchema, type Overrides, valuesOf } from './schema-values.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: JsonSchema;
}
export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}
export interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface FuzzRequest {
  /** Method and path as described. */
  readonly route: string;
  readonly method: string;
  /** With its query, percent-encoded; ids may be placeholders. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const names = fc.constantFrom('fuzz', 'fuzz.child');
/** What is there under a path. */
const namesOf = (path: string) =>
  path.includes('/signals/')
    ? 'go'
    : path.includes('-events/')
      ? 'happened'
      : path.includes('/queues/')
        ? 'fuzz'
        : 'fuzz.child';
const types = fc.constantFrom('taskflow.noop', 'taskflow.fail', 'taskflow.sleep', 'fuzz.work');
const spans = fc.constantFrom<unknown>(1, 50, '20ms', '1s');

/** Members for which any value of the schema would only ever name nothing, or wait for long. */
const overrides: Overrides = {
  name: names,
  type: types,
  types: fc.uniqueArray(types, { maxLength: 3 }),
  queue: fc.constantFrom('fuzz', 'default'),
  queues: fc.constantFrom(['fuzz'], ['default', 'fuzz']),
  initial: spans,
  max: spans,
  attempt: spans,
  total: spans,
  waitMs: fc.constantFrom(0, 1, 30),
  definition: fc.constant('fuzz.child'),
};

const session = fc.nat(0xffff).map(placeholder);

const bodies: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'POST /api/v1/workflows': startBodies,
  'POST /api/v1/workflow-definitions': definitionBodies,
  'POST /api/v1/worker/complete': fc.record({ session, items: reports(results) }, { noNullPrototype: true }),
  'POST /api/v1/worker/fail': fc.record({ session, items: reports(failures) }, { noNullPrototype: true }),
};

/** Requests of every route: those that fit, those that nearly do, and those of nobody's good will. */
export function requestsOf(document: Described): fc.Arbitrary<FuzzRequest> {
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const described = routes.map(({ path, method, operation }) => ({
    weight: weightOf(method, path),
    arbitrary: ofRoute(path, method, operation),
  }));
  return fc.oneof({ weight: 40, arbitrary: fc.oneof(...described) }, odd(routes.map(({ path }) => path)));
}

/** There has to be something to command, before commands can do anything. */
function weightOf(method: string, path: string): number {
  if (method === 'GET') return !path.startsWith('/api/') ? 1 : path.includes('{') ? 2 : 4;
  return path === '/api/v1/workflows' || path === '/api/v1/tasks' ? 8 : 4;
}

function ofRoute(path: string, method: string, operation: Operation): fc.Arbitrary<FuzzRequest> {
  const route = `${method} ${path}`;
  const schema = operation.requestBody?.content['application/json']?.schema;
  const values = bodies[route] ?? (schema && valuesOf(schema, overrides));
  const parameters = operation.parameters ?? [];
  const good = build(route, pathOf(path, parameters, 0), queryOf(parameters, 0), headers(0), values?.map(printed));
  const near = build(
    route,
    pathOf(path, parameters, 1),
    queryOf(parameters, 1),
    headers(1),
    values && nearMisses(values).map(printed),
  );
  const bad = build(route, pathOf(path, parameters, 4), queryOf(parameters, 4), headers(4), hostileBodies(values));
  return fc.oneof({ weight: 5, arbitrary: good }, { weight: 4, arbitrary: near }, { weight: 2, arbitrary: bad });
}

function build(
  route: string,
  path: fc.Arbitrary<string>,
  query: fc.Arbitrary<string>,
  headers: fc.Arbitrary<Record<string, string>>,
  body: fc.Arbitrary<string> = fc.constant(''),
): fc.Arbitrary<FuzzRequest> {
  return fc.tuple(path, query, headers, body).map(([where, asked, given, text]) => ({
    route,
    method: route.split(' ', 1)[0] ?? 'GET',
    path: asked === '' ? where : `${where}?${asked}`,
    headers: { ...(text !== '' && { 'content-type': 'application/json' }), ...given },
    body: text === '' ? undefined : text,
  }));
}

/** `hostility` in tenths: how often a part is replaced by one that no client of good will sends. */
function spoiled(good: fc.Arbitrary<string>, hostility: number): fc.Arbitrary<string> {
  if (hostility === 0) return good;
  const word = hostileWord.map((text) => encodeURIComponent(text.toWellFormed()));
  const bad = fc.oneof({ weight: 3, arbitrary: word }, fc.constantFrom(...hostileEncodings));
  return fc.oneof({ weight: 10 - hostility, arbitrary: good }, { weight: hostility, arbitrary: bad });
}

function textOf({ name, schema }: Parameter, path: string): fc.Arbitrary<string> {
  const fitting = valuesOf(schema).map((value) => encodeURIComponent(String(value)));
  const own = name === 'step' ? 's0' : name === 'name' ? namesOf(path) : undefined;
  const known = own === undefined ? overrides[name] : fc.constant(own);
  return known && schema.format !== 'uuid'
    ? fc.oneof({ weight: 4, arbitrary: known.map((value) => encodeURIComponent(String(value))) }, fitting)
    : fitting;
}

function pathOf(path: string, parameters: readonly Parameter[], hostility: number): fc.Arbitrary<string> {
  const parts = path.split('/').map((part) => {
    const parameter = parameters.find(({ name }) => part === `{${name}}`);
    return parameter ? spoiled(textOf(parameter, path), hostility) : fc.constant(part);
  });
  return fc.tuple(...parts).map((texts) => texts.join('/'));
}

function queryOf(all: readonly Parameter[], hostility: number): fc.Arbitrary<string> {
  const parameters = all.filter((parameter) => parameter.in === 'query');
  const given = parameters.map((parameter) =>
    fc.option(
      spoiled(textOf(parameter, ''), hostility).map((text) => `${parameter.name}=${text}`),
      { nil: '', freq: 2 },
    ),
  );
  const spoil = fc.constantFrom(
    'tag.a=%00',
    'tag.a=%00',
    'tag.%00=1',
    'x=1',
    'limit=1&limit=2',
    'tag.__proto__=x',
    'limit[]=1',
    '&&=&',
  );
  const more =
    hostility === 0
      ? fc.constant('')
      : fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: hostility, arbitrary: spoil });
  return fc.tuple(...given, more).map((parts) => parts.filter((part) => part !== '').join('&'));
}

const contentTypes = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/json;charset="UTF-8"',
  'application/JSON',
  'application/json, application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  ';;;',
];
const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  fc.constantFrom(...contentTypes).map((value) => ({ 'content-type': value })),
  fc.constantFrom('gzip', 'identity', 'br, gzip').map((value) => ({ 'content-encoding': value })),
  fc.constantFrom('wait=0', 'wait=-1', 'wait=1e9', 'return=minimal', ',,;=', 'wait="0"').map((prefer) => ({ prefer })),
  fc.constantFrom('', '"', '"a"', 'a'.repeat(256), 'k\u00e9y', ' ').map((key) => ({ 'idempotency-key': key })),
  fc.constantFrom('', 'a b', 'x'.repeat(5_000)).map((id) => ({ 'x-request-id': id })),
  fc.constantFrom('00-0-0-0', 'x').map((traceparent) => ({ traceparent })),
  fc.constantFrom('http://evil.example', 'null', 'http://localhost:1', '::').map((origin) => ({ origin })),
  fc.constantFrom('evil.example', 'localhost:x', '[::', 'a@b').map((host) => ({ host })),
  fc.constant({ accept: 'text/html', range: 'bytes=0-0', 'if-none-match': '*', expect: 'x' }),
  fc.constant({ upgrade: 'h2c', connection: 'upgrade' }),
  fc.constant(Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`x-${n}`, '1']))),
  fc.constant({ 'x-big': 'x'.repeat(20_000) }),
);
const keys = fc.nat(30).map((n) => ({ 'idempotency-key': `fuzz-${n}` }));
const minimal = fc.constant({ prefer: 'return=minimal' });

function headers(hostility: number): fc.Arbitrary<Record<string, string>> {
  const usual = fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, keys, minimal);
  return hostility === 0
    ? usual
    : fc.oneof({ weight: 12 - hostility, arbitrary: usual }, { weight: hostility, arbitrary: oddHeaders });
}

function hostileBodies(values: fc.Arbitrary<unknown> | undefined): fc.Arbitrary<string> {
  const cut = (values ?? fc.jsonValue())
    .map(printed)
    .chain((text) => fc.nat(text.length).map((length) => text.slice(0, length)));
  return fc.oneof(
    hostileText,
    cut,
    fc.json(),
    fc.string({ unit: 'binary' }),
    hostileText.map((text) => `{"type":${text}}`),
  );
}

const strangeMethods = [
  'PUT',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'LOCK',
  'M-SEARCH',
  'PATCH',
  'GET',
];
const strangePaths = [
  '/',
  '//',
  '/api',
  '/api/v1/',
  '/api/v1/tasks/',
  '/api/v2/tasks',
  '/%2e%2e',
  '/API/V1/TASKS',
  '/api/v1/worker',
  '/graphql',
  '/api/v1/schedules/x/pause',
  '/api/v1/dead-letters/x/redrive',
];

/** Methods and paths that no route has. */
function odd(paths: readonly string[]): fc.Arbitrary<FuzzRequest> {
  const path = fc.oneof(
    fc.constantFrom(...paths.map((text) => text.replaceAll(/\{\w+\}/g, 'fuzz'))),
    fc.constantFrom(...strangePaths),
  );
  return fc
    .tuple(fc.constantFrom(...strangeMethods), path, headers(2), fc.option(hostileText, { nil: undefined }))
    .map(([method, where, given, text]) => ({ route: 'odd', method, path: where, headers: given, body: text }));
}
