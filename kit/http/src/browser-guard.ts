import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** The address at which a server can be reached. */
export interface ServedAddress {
  readonly host: string;
  /** Known once it listens. */
  readonly port: () => number;
  /** Where people reach it when that is somewhere else, such as behind a proxy. */
  readonly publicUrl: string | undefined;
}

/** Gives why a request is refused, before anything of it is looked at. */
export type BrowserGuard = (
  request: Pick<IncomingMessage, 'url' | 'headers'> & Partial<Pick<IncomingMessage, 'httpVersion'>>,
) => Problem | undefined;

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * A web page that its visitor opened can send requests to the visitor's own machine, and by making its own name lead
 * there (DNS rebinding) even read the answers. No browser lets a page choose `Host` or `Origin`, so both are checked
 * at every request, upgrades and requests without a body included: `Host` must be a name of this server, and `Origin`,
 * where there is one, a page of its own. The port is part of an origin. It is none of a name: a tunnel or a mapped port
 * changes the port of `Host`, and nothing that a page could do depends on it.
 */
export function createBrowserGuard({ host, port, publicUrl }: ServedAddress): BrowserGuard {
  const names = new Set([...loopbackNames, bracketed(host)]);
  const published = publicUrl === undefined ? undefined : new URL(publicUrl);

  function isServed(called: URL | undefined): boolean {
    return called !== undefined && (names.has(called.hostname) || isPublished(called));
  }

  /** A proxy passes `Host` on with the port that people used, or without the one that their scheme implies. */
  function isPublished({ hostname, port: given }: URL): boolean {
    if (published?.hostname !== hostname) return false;
    return given === published.port || (published.port === '' && given === '443');
  }

  function mayCall(origin: URL | undefined, called: URL | undefined): boolean {
    if (origin === undefined) return false;
    if (published?.origin === origin.origin) return true;
    if (origin.protocol !== 'http:' || !names.has(origin.hostname)) return false;
    return effectivePort(origin) === String(port()) || origin.origin === called?.origin;
  }

  return (request) => {
    const { origin } = request.headers;
    const authority = authorityOf(request);
    const called = authority === undefined ? undefined : parsed(`http://${authority}`);
    if (authority === undefined && request.httpVersion === '1.1') return noHost();
    // Before HTTP/1.1 there is no Host, and no browser.
    if (authority !== undefined && !isServed(called)) return unknownHost();
    return origin === undefined || mayCall(parsed(origin), called) ? undefined : crossSite();
  };
}

/** A target that names its host wins over the header. */
function authorityOf({ url = '/', headers }: Parameters<BrowserGuard>[0]): string | undefined {
  return url.startsWith('/') || url === '*' ? headers.host : (parsed(url)?.host ?? '');
}

/** Only what is an origin and nothing more: no user, no path. */
function parsed(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && url.username === '' && url.password === '' ? url : undefined;
}

function effectivePort({ port }: URL): string {
  return port === '' ? '80' : port;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host.toLowerCase();
}

function noHost(): Problem {
  return new Problem(400, {
    code: 'malformed_request',
    detail: 'A request of HTTP/1.1 names its host, and this one has none.',
  });
}

function unknownHost(): Problem {
  return new Problem(403, {
    code: 'unknown_host',
    detail:
      'The request names a host under which this server is not served. Call it by 127.0.0.1 or localhost, or tell the server by which address people reach it.',
  });
}

function crossSite(): Problem {
  return new Problem(403, {
    code: 'cross_site_request',
    detail: 'A browser sent this request from a page of another site, or of another program on this machine.',
  });
}
