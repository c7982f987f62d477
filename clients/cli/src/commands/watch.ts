import type { CommandContext } from '../command-context.ts';
import { find, follow, isParked } from '../follow.ts';
import { resultOf } from './start.ts';

/** Follows a task or workflow to its end and prints its result. */
export async function watch(context: CommandContext, id: string): Promise<void> {
  const found = await find(context.api, id);
  const goesOn = `detached from ${id}: it goes on`;
  const ended = isParked(found.body.status)
    ? found
    : await context.detachable(goesOn, (signal) => follow(context.api, context.terminal, found, signal));
  context.terminal.json(resultOf(ended));
}
