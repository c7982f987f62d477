const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** The years 1 to 9999 in UTC: what both the text and the database can say. */
const firstInstant = Date.parse('0001-01-01T00:00:00Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');

/** Epoch milliseconds of an RFC 3339 instant in JSON text. */
export function readInstant(json: string): number | undefined {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'string' || !rfc3339.test(value)) return undefined;
  const ms = Date.parse(value);
  return ms >= firstInstant && ms <= lastInstant ? ms : undefined;
}

/** Longest key of an event, in characters. */
const maxEventKey = 500;

/** Reads what the key of an event is compared by: a text, or the digits of a number, so that 7 and "7" are one key. */
export function readEventKey(json: string): string | undefined {
  const value: unknown = JSON.parse(json);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.length > 0 && value.length <= maxEventKey ? value : undefined;
}
