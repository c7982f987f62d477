import { eventually } from '@taskflow/kit-testing';

/** Repeats `check` until none of its assertions fails, and gives its value. Rejects with the last failure after 10 s, or the time given. */
export async function eventuallyHolds<T>(check: () => T | Promise<T>, options?: { withinMs?: number }): Promise<T> {
  const { value } = await eventually(async () => ({ value: await check() }), options);
  return value;
}
