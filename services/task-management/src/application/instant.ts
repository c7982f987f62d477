let lastMs = Number.NaN;
let lastText = '';

/** RFC 3339 in UTC of epoch milliseconds. Events of one batch share their instant, so the last one is kept. */
export function toInstant(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}
