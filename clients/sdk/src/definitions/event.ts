import { checkName } from './check.ts';
import { marked } from './definition-mark.ts';
import { refuseUnknown } from './not-available.ts';
import { InvalidInputError } from '../errors.ts';
import { checkOptions, isFunction, isSchema } from './option-rules.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';
import type { RequireWire } from './wire-type.ts';

declare const types: unique symbol;

/**
 * A typed fact that any number of workflows may wait for. Whoever emits it gives an `Input`, the steps that read it see a
 * `Payload`, and a `Key` finds the waits that it is meant for.
 */
export interface EventDef<Input, Payload = Input, Key extends string | number = string> {
  readonly kind: 'event';
  readonly id: string;
  readonly payload: Schema;
  readonly key?: (payload: never) => string | number;
  readonly [types]?: { readonly input: (payload: Input) => void; readonly seen: Payload; readonly key: Key };
}
/** Any event, where its types do not matter. */
export type AnyEvent = EventDef<never, unknown, string | number>;

/**
 * Defines an event. `key` says from the payload which waits it is for; an event without one can neither be emitted nor
 * waited for. Throws `TaskFlowError` with code `invalid_definition` or `unknown_option`.
 *
 * @example
 * import { event, workflow } from '@taskflow/sdk';
 * import { testkit } from '@taskflow/sdk/testing';
 * import { z } from 'zod';
 *
 * const Scanned = event({
 *   id: 'parcel.scanned',
 *   payload: z.object({ parcel: z.string(), depot: z.string() }),
 *   key: ({ parcel }) => parcel,
 * });
 * const track = workflow({ id: 'track', input: z.string() }, (w) => {
 *   const scan = w.waitForEvent('scan', Scanned, { key: ({ input }) => input, timeout: '3d' });
 *   return w.output({ scan }, (seen) => `seen in ${seen.scan.depot}`);
 * });
 *
 * await using t = await testkit();
 * const run = await t.start(track, 'p-7');
 * await t.settle();
 * console.log(await t.emit(Scanned, { parcel: 'p-7', depot: 'Bergen' })); // { matched: 1 }
 * console.log(await run.result()); // seen in Bergen
 */
export function event<PayloadSchema extends Schema, Key extends string | number = never>(
  options: {
    readonly id: string;
    readonly payload: PayloadSchema;
    readonly key?: (payload: SchemaOutput<PayloadSchema>) => Key;
  } & RequireWire<'payload', SchemaInput<PayloadSchema>>,
): EventDef<SchemaInput<PayloadSchema>, SchemaOutput<PayloadSchema>, Key> {
  const owner = `event "${options.id}"`;
  refuseUnknown(owner, options, ['id', 'payload', 'key']);
  checkName(owner, options.id);
  checkOptions(owner, options, { payload: isSchema, key: isFunction }, 'invalid_definition');
  if (options.payload === undefined) throw new InvalidInputError('invalid_definition', `${owner}: payload is missing`);
  return marked({ kind: 'event', id: options.id, payload: options.payload, key: options.key });
}
