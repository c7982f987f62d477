import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from './problem.ts';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * A web page that its visitor opened can send requests to the visitor's own machine, and by rebinding a DNS name
 * even read the answers. Browsers mark such requests with `Origin` or `Sec-Fetch-Site`; one that is marked must
 * name this server as its host, and come from a page of this server when it names its page. Other clients send
 * neither header and pass.
 */
export function refuseForeignBrowser(headers: IncomingHttpHeaders, hosts: readonly string[]): Problem | undefined {
  const { origin } = headers;
  if (origin === undefined && headers['sec-fetch-site'] === undefined) return undefined;
  const own = (name: string | undefined) => name !== undefined && (loopbackNames.has(name) || hosts.includes(name));
  const hostIsOwn = own(hostName(`http://${headers.host ?? ''}`));
  const originIsOwn = origin === undefined || own(hostName(origin));
  if (hostIsOwn && originIsOwn) return undefined;
  return new Problem(403, {
    code: 'cross_site_request',
    detail: 'A browser sent this request for another host or from a page of another site.',
  });
}

function hostName(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
