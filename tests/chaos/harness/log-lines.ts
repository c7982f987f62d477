interface LogLine {
  readonly level?: string;
  readonly service?: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string };
  readonly [field: string]: unknown;
}

/** What tells one part from another of the same service. */
const parts = ['writer', 'loop', 'pool', 'database', 'dependency', 'worker'];

/** How often each part said the same, for the same reason, in lines of JSON; the most frequent first. */
export function countLines(text: string): (readonly [line: string, times: number])[] {
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue;
    const parsed = JSON.parse(line) as LogLine;
    const part = parts.map((name) => parsed[name]).find((value) => value !== undefined);
    const printed = [parsed.level, parsed.service, part, parsed.msg, parsed.err?.message].filter(
      (each) => each !== undefined,
    );
    const key = printed.join(' | ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}
