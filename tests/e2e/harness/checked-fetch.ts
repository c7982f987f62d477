// Loaded by each process of a test, before anything of its own: whoever asks the platform there, the test itself, the SDK
// or the command line, has every answer held against the published description of the API.

const ask = globalThis.fetch;
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

globalThis.fetch = async (input, init) => {
  const response = await ask(input, init);
  const url = new URL(input instanceof Request ? input.url : input);
  // Each answer of a platform says which request it is to. Handlers ask other servers, which are none of the API's business.
  if (!loopback.has(url.hostname) || !response.headers.has('x-request-id')) return response;
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  // One that is cut off is no answer, as whoever asked will find.
  const text = await response
    .clone()
    .text()
    .catch(() => undefined);
  if (text === undefined) return response;
  // Most programs that a test starts never ask: they do not pay for reading the description.
  const { requireDescribed } = await import('./described-answers.ts');
  const contentType = response.headers.get('content-type');
  requireDescribed({ method, path: url.pathname + url.search, status: response.status, contentType, text });
  return response;
};

export {};
