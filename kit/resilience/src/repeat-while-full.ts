/**
 * Takes one bounded step after the other, for as long as each finds as much as it may take (`full`; anything unless told)
 * and the signal does not abort. Gives what they found together.
 */
export async function repeatWhileFull(signal: AbortSignal, step: () => Promise<number>, full = 1): Promise<number> {
  let sum = 0;
  for (let found = full; found >= full && !signal.aborted; ) {
    found = await step();
    sum += found;
  }
  return sum;
}
