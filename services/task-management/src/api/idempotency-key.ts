import type { IncomingHttpHeaders } from 'node:http';
import { invalidKey } from './refusals.ts';

/** The caller's key, quoted as the header's draft has it or bare as most callers send it. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = (Array.isArray(header) ? header.join(',') : header).trim();
  const key = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key)) throw invalidKey();
  return key;
}

/** Both names are in use for the header that marks an answer as a repetition. */
export const replayedHeaders = { 'idempotent-replayed': 'true', 'idempotency-replayed': 'true' } as const;
