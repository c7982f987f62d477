import type { Log } from '../definitions/context.ts';

export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: object | undefined;
}

/** A log that keeps its lines. */
export function recordingLog(): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: keyof Log) => (message: string, fields?: object) => void lines.push({ level, message, fields });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
