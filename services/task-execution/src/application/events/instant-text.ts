/** RFC 3339 in UTC with milliseconds. */
export function instantText(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
