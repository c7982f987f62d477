import pg from 'pg';

/**
 * How column values arrive: bigint as number, instants as epoch milliseconds, never as Date objects. Everything
 * else follows the driver (uuid, numeric, date as string; bytea as Buffer; json parsed).
 */

const typeIds = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184 } as const;
const textArrayTypeId = 1009 as Parameters<typeof pg.types.getTypeParser>[0];
const arrayTypeIds = { int8: 1016, timestamp: 1115, timestamptz: 1185, date: 1182 } as const;

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index += 1) value = value * 10 + text.charCodeAt(index) - 48;
  return value;
}

/** Sessions run with `TimeZone = UTC` and `DateStyle = ISO`: `2026-01-31 23:59:59[.ffffff]+00`, a fixed layout. */
const usualLayout = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?(\+00)?$/;

let latestText = '';
let latest = Number.NaN;

/** Epoch milliseconds, the microseconds cut off. Rows of one statement mostly tell the same instants. */
export function parseInstant(text: string): number {
  if (text === latestText) return latest;
  latest = readInstant(text);
  latestText = text;
  return latest;
}

function readInstant(text: string): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  if (text === '-infinity') return Number.NEGATIVE_INFINITY;
  if (!usualLayout.test(text)) return Date.parse(text.includes('+') ? text : `${text}Z`);
  const millis = text.charCodeAt(19) === 46 ? digits(text.slice(20, 23).replace(/\+.*/, '').padEnd(3, '0'), 0, 3) : 0;
  return Date.UTC(
    digits(text, 0, 4),
    digits(text, 5, 7) - 1,
    digits(text, 8, 10),
    digits(text, 11, 13),
    digits(text, 14, 16),
    digits(text, 17, 19),
    millis,
  );
}

type Parser = (value: string) => unknown;

function arrayOf(parseElement: Parser): Parser {
  const parseTexts = pg.types.getTypeParser(textArrayTypeId) as (value: string) => (string | null)[];
  return (value) => parseTexts(value).map((element) => (element === null ? null : parseElement(element)));
}

const parsers = new Map<number, Parser>([
  [typeIds.int8, Number],
  [typeIds.timestamptz, parseInstant],
  [typeIds.timestamp, parseInstant],
  [typeIds.date, String],
  [arrayTypeIds.int8, arrayOf(Number)],
  [arrayTypeIds.timestamptz, arrayOf(parseInstant)],
  [arrayTypeIds.timestamp, arrayOf(parseInstant)],
  [arrayTypeIds.date, arrayOf(String)],
]);

export const resultTypes = {
  getTypeParser(typeId: number, format?: 'text' | 'binary'): unknown {
    const parser = format === 'binary' ? undefined : parsers.get(typeId);
    return parser ?? pg.types.getTypeParser(typeId, format as 'text');
  },
};
