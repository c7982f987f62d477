import type { ApplyFacts, AdvanceCommand, FireWaits } from './advance-command.ts';

/** Two parts that together are the whole; `undefined` for what is about one thing. The position moves with the second. */
export function halve(command: AdvanceCommand): readonly [AdvanceCommand, AdvanceCommand] | undefined {
  switch (command.type) {
    case 'apply-facts':
      return halveFacts(command);
    case 'fire-waits':
      return halveWaits(command);
    default:
      return undefined;
  }
}

function halveFacts({ facts, ...command }: ApplyFacts): readonly [ApplyFacts, ApplyFacts] | undefined {
  if (facts.length < 2) return undefined;
  const middle = Math.ceil(facts.length / 2);
  return [
    { type: 'apply-facts', advance: undefined, facts: facts.slice(0, middle) },
    { ...command, facts: facts.slice(middle) },
  ];
}

function halveWaits({ type, waits }: FireWaits): readonly [FireWaits, FireWaits] | undefined {
  if (waits.length < 2) return undefined;
  const middle = Math.ceil(waits.length / 2);
  return [
    { type, waits: waits.slice(0, middle) },
    { type, waits: waits.slice(middle) },
  ];
}

/**
 * The fewest of `ids` without which it works, and of equal ones the last: what was come to later is more likely the
 * cause than what led there. It does not work without leaving any of them out; `works` must hold for all of them.
 * Asks about twice the logarithm of their number for each one that it finds.
 */
export async function leastToLeaveOut(
  ids: readonly string[],
  works: (without: readonly string[]) => Promise<boolean>,
): Promise<readonly string[]> {
  if (ids.length < 2) return ids;
  const middle = Math.ceil(ids.length / 2);
  const early = ids.slice(0, middle);
  const late = ids.slice(middle);
  if (await works(late)) return leastToLeaveOut(late, works);
  if (await works(early)) return leastToLeaveOut(early, works);
  const ofLate = await leastToLeaveOut(late, (some) => works([...early, ...some]));
  return [...(await leastToLeaveOut(early, (some) => works([...some, ...ofLate]))), ...ofLate];
}
