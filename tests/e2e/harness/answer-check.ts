import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Media {
  readonly schema: object;
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
/** What of an OpenAPI document says which answers there are. */
export interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

export interface GivenAnswer {
  readonly method: string;
  /** With or without its query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

/** Says in which way an answer is not one that the API's description allows; `undefined` for one that it does. */
export type AnswerCheck = (answer: GivenAnswer) => string | undefined;

/** Refusals that any route may answer with; another status is described at its route or is none. */
const refusals = new Set([400, 403, 404, 405, 408, 409, 413, 415, 417, 422, 429, 431, 503]);

/** The description that is published, which a test compares with the one that is served. */
export function publishedDescription(): Described {
  return JSON.parse(
    readFileSync(new URL('../../../docs/reference/openapi.json', import.meta.url), 'utf8'),
  ) as Described;
}

export function createAnswerCheck(document: Described): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema({ $id: 'api', components: document.components });
  const compiled = new Map<object, ValidateFunction>();
  const operations = Object.entries(document.paths).map(([path, methods]) => ({
    pattern: patternOf(path),
    path,
    methods,
  }));

  /** The path with the fewest parameters wins, as in the router. */
  function operationOf(method: string, path: string): Operation | undefined {
    const found = operations.filter(({ pattern }) => pattern.test(path));
    const [closest] = found.sort((a, b) => parameters(a.path) - parameters(b.path));
    return closest?.methods[method.toLowerCase()];
  }

  function validate(schema: object, value: unknown): string | undefined {
    let check = compiled.get(schema);
    if (!check) compiled.set(schema, (check = ajv.compile(absolute(schema))));
    if (check(value)) return undefined;
    return ajv.errorsText(check.errors?.slice(0, 3), { dataVar: 'answer' });
  }

  function judge(
    media: Readonly<Record<string, Media>>,
    { status, contentType, text }: GivenAnswer,
  ): string | undefined {
    const type = (contentType ?? '').split(';', 1)[0] ?? '';
    const described = media[type];
    if (!described) return `has the content type ${contentType ?? 'none'} and not ${Object.keys(media).join(' or ')}`;
    if (!type.endsWith('json')) return undefined;
    const body = jsonOf(text);
    if (body === undefined) return 'is no JSON';
    const wrong = validate(described.schema, body);
    if (wrong !== undefined) return `does not fit its schema: ${wrong}`;
    const reported = (body as { status?: unknown }).status;
    return type.includes('problem') && reported !== status ? `tells the status ${String(reported)}` : undefined;
  }

  return (answer) => {
    const { method, status, text } = answer;
    const operation = operationOf(method === 'HEAD' ? 'GET' : method, answer.path.split('?', 1)[0] ?? '');
    if (method === 'HEAD') return text === '' ? undefined : 'has a body';
    if (method === 'OPTIONS' && status === 204) return text === '' ? undefined : 'has a body';
    const response = operation?.responses[String(status)];
    if (!response && !refusals.has(status)) return `has the status ${status}, which is not described`;
    const media = response ? response.content : { 'application/problem+json': { schema: problem } };
    if (media === undefined) return text === '' ? undefined : 'has a body where none is described';
    return judge(media, answer);
  };
}

const problem = { $ref: 'api#/components/schemas/Problem' };

/** References of the document are resolved from the document, wherever the schema stands. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/components', '"$ref":"api#/components')) as object;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.+*]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function parameters(path: string): number {
  return path.split('{').length;
}
