import type { HttpRequest } from '@taskflow/kit-http';

type Waiting = Pick<HttpRequest, 'waitSeconds' | 'signal'>;
export interface PreferredWait {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** The signal is made when it is asked for, and most requests do not wait. */
export function waitOf(request: Waiting): PreferredWait | undefined {
  return request.waitSeconds ? { seconds: request.waitSeconds, signal: request.signal } : undefined;
}

/** Said by whoever waited, and by nobody else. */
export function waited({ waitSeconds }: Pick<HttpRequest, 'waitSeconds'>): Record<string, string> {
  return waitSeconds === undefined ? {} : { 'preference-applied': `wait=${waitSeconds}`, vary: 'prefer' };
}

/**
 * Gives what was created, as it stands when it has ended or the time that the caller would wait is up. That it was
 * created holds whatever becomes of the wait: a read that fails is no failure of the request, and the answer claims no
 * wait.
 */
export async function onceEnded<T>(
  created: T,
  request: Waiting,
  read: (wait: PreferredWait) => Promise<T | undefined>,
): Promise<{ readonly subject: T; readonly headers: Record<string, string> }> {
  const wait = waitOf(request);
  if (!wait) return { subject: created, headers: {} };
  const found = await read(wait).catch(() => undefined);
  return found === undefined ? { subject: created, headers: {} } : { subject: found, headers: waited(request) };
}
