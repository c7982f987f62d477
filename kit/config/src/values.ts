import { z } from 'zod';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizes = { b: 1, kb: 1_024, mb: 1_048_576, gb: 1_073_741_824 } as const;

/** Text that stands for a number of units: `"30s"`, `"5m"`; a bare number counts in the smallest unit. */
function measure<U extends Record<string, number>>(unitsByName: U, smallest: keyof U & string, what: string) {
  const names = Object.keys(unitsByName);
  const syntax = new RegExp(`^(\\d+(?:\\.\\d+)?)\\s*(${names.join('|')})?$`, 'i');
  const message = `must be ${what}: a number, alone or with one of the units ${names.join(', ')}`;
  return z
    .string(message)
    .regex(syntax, message)
    .transform((text) => {
      const [, amount = '0', unit = smallest] = syntax.exec(text) ?? [];
      return Math.round(Number(amount) * (unitsByName[unit.toLowerCase()] ?? 1));
    });
}

/** Milliseconds. */
export const duration = measure(units, 'ms', 'a duration');
/** Bytes. */
export const size = measure(sizes, 'b', 'a size');

export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^-?\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** A duration within bounds, in milliseconds. */
export function durationBetween(min: number, max: number) {
  return duration.refine((ms) => ms >= min && ms <= max, `must be from ${min} to ${max} milliseconds`);
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

export interface ListenAddress {
  host: string;
  port: number;
}

/** `host:port`, `[v6 address]:port`, or a port alone, which listens on 127.0.0.1. Port 0 takes a free one. */
export const listenAddress = z.string('must be host:port').transform((text, context): ListenAddress => {
  const [, v6, host, port = ''] = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/i.exec(text.trim()) ?? [];
  if (port !== '' && Number(port) <= 65_535) return { host: v6 || host || '127.0.0.1', port: Number(port) };
  context.addIssue({ code: 'custom', message: 'must be host:port, with a port from 0 to 65535' });
  return z.NEVER;
});

/** An absolute URL with one of these schemes (without the colon). Gives the text as it was. */
export function urlOf(...schemes: readonly string[]) {
  const message = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}:`).join(' or ')}`;
  return z
    .string(message)
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), message);
}

/** Comma-separated names. */
export const nameList = z.string('must be a comma-separated list').transform((text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

/** Says whether a host can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
