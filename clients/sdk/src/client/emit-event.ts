import { randomUUID } from 'node:crypto';
import type { EventDef } from '../definitions/event.ts';
import { parseWith } from '../definitions/schema.ts';
import { encodeWire } from '../definitions/wire-value.ts';
import { InvalidInputError } from '../errors.ts';
import type { HttpApi } from '../api/http-api.ts';

/** Options of `emit`. */
export interface EmitOptions {
  /**
   * Sent along as `Idempotency-Key`; default a new one. The server does not recognise repeats by it: an event is not
   * kept, so a repeat finds only waits that began since.
   */
  readonly idempotencyKey?: string;
}

/**
 * Sends an event. Throws `InvalidInputError` with code `event_without_key`, or `invalid_input` for a payload that the
 * schema refuses.
 */
export async function emitEvent<Input>(
  connected: () => Promise<HttpApi>,
  event: EventDef<Input, unknown, string | number>,
  payload: Input,
  { idempotencyKey = randomUUID() }: EmitOptions = {},
): Promise<{ readonly matched: number }> {
  if (event.key === undefined) {
    const message = `event "${event.id}" has no key, so it finds no step that waits: give its definition a key`;
    throw new InvalidInputError('event_without_key', message);
  }
  const parsed = await parseWith(event.payload, payload, `event "${event.id}"`);
  const body = { key: event.key(parsed as never), payload: encodeWire(payload) };
  const api = await connected();
  return api.request({
    method: 'POST',
    path: `/api/v1/workflow-events/${encodeURIComponent(event.id)}`,
    body,
    idempotencyKey,
  });
}
