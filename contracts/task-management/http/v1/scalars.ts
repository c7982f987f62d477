import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const maxDurationMs = 366 * unitMs.d;

/** Milliseconds, or a number with a unit: `"250ms"`, `"30s"`, `"5m"`, `"2h"`, `"1d"`. At most 366 days. Parses to milliseconds. */
export const duration = z
  .union([
    z.number(),
    z
      .string()
      .regex(
        /^\d{1,9}(\.\d{1,3})?(ms|s|m|h|d)$/,
        'must be milliseconds or a number with one of the units ms, s, m, h, d',
      ),
  ])
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, amount = '0', unit = 'ms'] = /^([\d.]+)(\D+)$/.exec(value) ?? [];
    return Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs]);
  })
  .pipe(z.int().min(0).max(maxDurationMs));

export const positiveDuration = duration.refine((ms) => ms >= 1, 'must be longer than nothing');

export const priorityNames = { critical: 900, high: 700, normal: 500, low: 300 } as const;
export type PriorityName = keyof typeof priorityNames;
/** 0..999, higher is more urgent, or a name. Parses to the number. */
export const priority = z.union([
  z.int().min(0).max(999),
  z.enum(['critical', 'high', 'normal', 'low']).transform((name) => priorityNames[name]),
]);

/** A task type or queue: letters, digits and `. _ - : / @ $`, at most 200. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9$][A-Za-z0-9._\-:/@$]{0,199}$/,
    'must be 1 to 200 of A-Z a-z 0-9 . _ - : / @ $ and begin with a letter, a digit or $',
  );

/** Version of a workflow definition: as large as the integer that stores it. */
export const version = z.int().min(1).max(2_147_483_647);

/** Ids are values: however their digits are written, they are the same, and read in small letters from here on. */
export const id = z.uuid().toLowerCase();

const firstInstant = Date.parse('0001-01-01T00:00:00Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');

/** RFC 3339 with any offset, in the years 1 to 9999 of UTC, which the database can say too. */
export const instant = z.iso.datetime({ offset: true }).refine((text) => {
  const ms = Date.parse(text);
  return ms >= firstInstant && ms <= lastInstant;
}, 'must lie in the years 1 to 9999 in UTC');

/** What the platform itself makes of steps: a task of such a type would be taken for a step that nobody runs. */
const ownTypes = /^taskflow\.(?:step|prepare)\//;

/** The type of a task that somebody asks for. */
export const taskType = name.refine((type) => !ownTypes.test(type), {
  error: 'is a type that the platform gives to steps itself; choose another',
  params: { code: 'reserved_type' },
});

/** Not the one name that JavaScript keeps no value under. */
export const tagName = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => text !== '__proto__', 'must not be __proto__');

export const tags = z
  .record(z.string().min(1).max(100), z.string().max(200))
  .refine((value) => Object.keys(value).length <= 32, 'must hold at most 32 tags');

export const retry = z.strictObject({
  maxAttempts: z.int().min(1).max(1000).optional(),
  backoff: z.enum(['exponential', 'linear', 'fixed']).optional(),
  initial: duration.optional(),
  max: duration.optional(),
  jitter: z.enum(['none', 'full', 'equal']).optional(),
});

export const timeout = z.strictObject({ attempt: positiveDuration.optional(), total: positiveDuration.optional() });

/**
 * A member that has its name already and is refused whatever it holds: no accepted message ever had it, so it may take
 * any shape once it is there.
 */
export const notAvailable = z.unknown().meta({ 'x-refused': true });
