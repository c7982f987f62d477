import { http } from '@taskflow/contracts-task-management';
import { InvalidInputError } from '../errors.ts';

/** Milliseconds, or a number with a unit: `"250ms"`, `"30s"`, `"5m"`, `"2h"`, `"1d"`. At most 366 days. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/**
 * Gives a duration in milliseconds. Throws `InvalidInputError` with code `invalid_duration`.
 *
 * @example
 * import { durationMs } from '@taskflow/sdk';
 *
 * console.log(durationMs('2h')); // 7200000
 */
export function durationMs(duration: Duration): number {
  const parsed = http.scalars.duration.safeParse(duration);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    'invalid_duration',
    `${JSON.stringify(duration)} is no duration: give milliseconds or a number with one of the units ms, s, m, h, d`,
  );
}
