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

/** Gives an event to every step that waits for it now, and says how many did; nothing is kept for later ones. */
export function publishEvent({ submit }: PublishEventDependencies) {
  return async (tenantId: string, event: ReceivedEvent): Promise<number | RefusedCommand> => {
    let matched = 0;
    for (;;) {
      const outcome = await submit({ type: 'publish-event', tenantId, ...event });
      if (outcome.type === 'refused') return outcome;
      if (outcome.type !== 'matched') return matched;
      matched += outcome.matched;
      if (!outcome.more) return matched;
    }
  };
}
