let lastMs = Number.NaN;
let lastText = '';

/**
 * RFC 3339 in UTC with milliseconds. Events of one batch mostly share their instant, so the latest text is kept:
 * printing a date costs as much as encoding the rest of a small event. `RangeError` beyond the years of a Date.
 */
export function instantText(epochMs: number): string {
  if (epochMs !== lastMs) {
    lastText = new Date(epochMs).toISOString();
    lastMs = epochMs;
  }
  return lastText;
}

let lastRead = '';
let lastReadMs = Number.NaN;

/** Epoch milliseconds of an RFC 3339 text, the latest one kept as well; NaN for any other text. */
export function instantMs(text: string): number {
  if (text !== lastRead) {
    lastReadMs = Date.parse(text);
    lastRead = text;
  }
  return lastReadMs;
}
