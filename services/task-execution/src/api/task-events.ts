import type { Subscription } from '@taskflow/kit-messaging';
import type { Positions } from '@taskflow/kit-messaging-postgres';
import type { createApplyTaskEvents } from '../application/reactions/apply-task-events.ts';
import { consumedTypes } from '../application/reactions/task-changes.ts';

/** Events that one transaction applies at most. */
const maxEvents = 1_500;

export function taskEventSubscription(deps: {
  positions: Positions;
  apply: ReturnType<typeof createApplyTaskEvents>;
}): Subscription {
  const identities = new Map<number, string>();
  return {
    consumer: 'task-execution',
    source: 'task-management',
    types: consumedTypes,
    maxEvents,
    async position(stream, logIdentity) {
      const position = await deps.positions.read('task-management', stream, logIdentity);
      identities.set(stream, logIdentity);
      return position;
    },
    incarnation: deps.positions.incarnation,
    durable: (stream, logIdentity) => deps.positions.durable('task-management', stream, logIdentity),
    async apply(entries) {
      const stream = entries[0]?.stream ?? 0;
      await deps.apply(entries, identities.get(stream) ?? '');
    },
  };
}
