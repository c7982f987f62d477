import { checkName } from './check.ts';
import { marked } from './definition-mark.ts';
import { type NotAvailable, refuseUnavailable, refuseUnknown } from './not-available.ts';

/** A backlog that workers serve. */
export interface QueueDef {
  readonly kind: 'queue';
  readonly id: string;
}

export interface QueueOptions {
  readonly id: string;
  readonly concurrency?: NotAvailable<'concurrency'>;
  readonly priority?: NotAvailable<'priority'>;
  readonly rateLimit?: NotAvailable<'rateLimit'>;
  readonly fairness?: NotAvailable<'fairness'>;
  readonly sla?: NotAvailable<'sla'>;
  readonly dlq?: NotAvailable<'dlq'>;
}

const unavailable = ['concurrency', 'priority', 'rateLimit', 'fairness', 'sla', 'dlq'];

/**
 * A queue by its id. A limit of concurrency is set where it can be changed without a deployment:
 * `PATCH /api/v1/queues/{name}`.
 *
 * @example
 * import { queue, task } from '@taskflow/sdk';
 *
 * const mails = queue({ id: 'mails' });
 * const send = task({ id: 'mail.send', queue: mails, run: async (to: string) => `sent to ${to}` });
 * console.log(send.queue?.id); // mails
 */
export function queue(options: QueueOptions): QueueDef {
  const owner = `queue "${options.id}"`;
  refuseUnavailable(owner, options, unavailable);
  refuseUnknown(owner, options, ['id', ...unavailable]);
  checkName(owner, options.id);
  return marked({ kind: 'queue', id: options.id });
}
