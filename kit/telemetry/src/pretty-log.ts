import type { LogDestination } from './log-destination.ts';

const colours: Record<string, string> = { warn: '\x1b[33m', error: '\x1b[31m', fatal: '\x1b[35m', debug: '\x1b[2m' };
const reset = '\x1b[0m';
const known = new Set(['level', 'time', 'service', 'msg', 'err']);

/** Turns each JSON line into one that a person reads: time, level, service, message, then the other fields. */
export function prettyDestination(destination: LogDestination & { isTTY?: boolean }): LogDestination {
  return { write: (line) => destination.write(prettyLine(line, destination.isTTY === true)) };
}

export function prettyLine(line: string, coloured: boolean): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const level = String(entry['level']);
  const time = String(entry['time']).slice(11, 23);
  const fields = Object.entries(entry)
    .filter(([name]) => !known.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  const head = `${time} ${level.padEnd(5)} ${String(entry['service'])}`;
  const printed = inert(`${head}  ${String(entry['msg'])}${fields}`).replaceAll('\n', '\\n');
  const text = printed + inert(errorText(entry['err'], level));
  const colour = coloured ? colours[level] : undefined;
  return colour ? `${colour}${text}${reset}\n` : `${text}\n`;
}

/**
 * What is logged comes from anywhere, and a terminal acts on control characters: names and errors could clear the
 * screen, or write over other lines. Ends of lines are those of stacks.
 */
function inert(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A warning is about something that is being dealt with: its stack would only be in the way. */
function errorText(error: unknown, level: string): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message = '' } = error as { stack?: string; message?: string };
  const text = level === 'warn' ? message : (stack ?? message);
  return `\n  ${text.replaceAll('\n', '\n  ')}`;
}
