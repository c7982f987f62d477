import type { Health } from '@taskflow/kit-http';
import type { ConsumerState } from '@taskflow/kit-messaging';
import type { DataLock } from './data-lock.ts';

/** State of what the services share: the database server, and the bus between them. */
export function platformHealth(
  locks: readonly Pick<DataLock, 'state'>[],
  consumers: readonly Pick<ConsumerState, 'consumer' | 'source' | 'state'>[],
): Health {
  const bad = locks.find((lock) => lock.state !== 'held');
  const halted = consumers.find((consumer) => consumer.state === 'halted');
  return {
    'database-server': bad ? { state: 'failing', detail: bad.state } : { state: 'ok' },
    'event-bus': halted
      ? { state: 'failing', detail: `${halted.consumer} no longer follows ${halted.source}` }
      : { state: 'ok' },
  };
}
