import type { AdvanceCommand, AdvanceOutcome, RefusedCommand } from '../advance/advance-command.ts';

export interface PublishEventDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
}

export interface ReceivedEvent {
  readonly name: string;
  readonly key: string;
  /** JSON text. */
  readonly payload: string;
}

/**
 * Gives an event to every step that waits for it now, and says how many there are; nothing is kept for later ones. Those
 * that are too many for one transaction meet it in later ones, durably.
 */
export function createPublishEvent({ submit }: PublishEventDependencies) {
  return async (tenantId: string, event: ReceivedEvent): Promise<number | RefusedCommand> => {
    const outcome = await submit({ kind: 'publish-event', tenantId, ...event });
    if (outcome.kind === 'refused') return outcome;
    return outcome.kind === 'matched' ? outcome.matched : 0;
  };
}
