import { type HttpRequest, Problem, type Route } from '@taskflow/kit-http';

export interface Answer {
  /** 500 stands for an error that nobody foresaw; `code` is its name then. */
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly code?: string;
}

/** Calls routes as the server would, without a network. */
export class RouteTable {
  readonly #routes: readonly { route: Route; pattern: RegExp; names: string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({
      route,
      pattern: new RegExp(`^${route.path.replaceAll(/:\w+/g, '([^/]+)')}$`),
      names: [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name as string),
    }));
  }

  async call(
    method: string,
    path: string,
    body: unknown,
    request: Pick<HttpRequest, 'headers' | 'requestId' | 'signal' | 'traceparent' | 'waitSeconds'>,
  ): Promise<Answer> {
    // The more exact route first: /tasks/batch is not a task.
    const found = this.#routes
      .filter(({ route, pattern }) => route.method === method && pattern.test(path))
      .sort((a, b) => a.names.length - b.names.length)[0];
    if (!found) return { status: 404, body: {}, code: 'no_route' };
    const { route, pattern, names } = found;
    const [, ...values] = pattern.exec(path) ?? [];
    const params = Object.fromEntries(names.map((name, at) => [name, values[at]]));
    try {
      const answer = await route.handle({
        ...request,
        wantsMinimal: false,
        refusedItems: new Map(),
        body: route.body?.parse(body ?? {}),
        query: route.query?.parse({}),
        params: route.params?.parse(params),
      });
      const json = answer.json ?? JSON.stringify(answer.body ?? {});
      return { status: answer.status, body: JSON.parse(json) as Record<string, unknown> };
    } catch (error) {
      return answerOf(error);
    }
  }
}

function answerOf(error: unknown): Answer {
  if (error instanceof Problem) return { status: error.status, body: {}, code: error.code };
  const { code, outcome } = error as { code?: string; outcome?: string };
  const passes = code === 'unavailable' || code === 'overloaded' || code === 'commit_unknown';
  if (passes) return { status: 503, body: { outcome: outcome ?? 'unknown' }, code };
  return { status: 500, body: {}, code: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}
