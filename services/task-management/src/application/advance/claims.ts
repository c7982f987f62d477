import type { IdempotencyKey } from '../ports/creation-store.ts';

/** Names an idempotency key among others. */
export function claimText({ tenantId, route, key }: IdempotencyKey): string {
  return `${tenantId}\0${route}\0${key}`;
}
