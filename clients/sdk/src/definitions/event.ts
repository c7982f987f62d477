import { checkName } from './check.ts';
import { marked } from './definition-mark.ts';
import { refuseUnknown } from './not-available.ts';
import { InvalidInputError } from '../errors.ts';
import { checkOptions, isFunction, isSchema } from './option-rules.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';
import type { RequireWire } from './wire-type.ts';

declare const types: unique symbol;

/**
 * A typed fact that any number of workflows may wait for. `I` is what whoever emits it gives, `P` what the steps that
 * read it see, `K` the type of the key by which an event finds the waits that it is meant for.
 */
export interface EventDef<I, P = I, K extends string | number = string> {
  readonly kind: 'event';
  readonly id: string;
  readonly payload: Schema;
  readonly key?: (payload: never) => string | number;
  readonly [types]?: { readonly input: (payload: I) => void; readonly seen: P; readonly key: K };
}
/** Any event, where its types do not matter. */
export type AnyEvent = EventDef<never, unknown, string | number>;

/**
 * Defines an event. `key` says from the payload which waits it is for; an event without one can neither be emitted nor
 * waited for. Throws `TaskFlowError` with code `invalid_definition` or `unknown_option`.
 */
export function event<S extends Schema, K extends string | number = never>(
  options: {
    readonly id: string;
    readonly payload: S;
    readonly key?: (payload: SchemaOutput<S>) => K;
  } & RequireWire<'payload', SchemaInput<S>>,
): EventDef<SchemaInput<S>, SchemaOutput<S>, K> {
  const owner = `event "${options.id}"`;
  refuseUnknown(owner, options, ['id', 'payload', 'key']);
  checkName(owner, options.id);
  checkOptions(owner, options, { payload: isSchema, key: isFunction }, 'invalid_definition');
  if (options.payload === undefined) throw new InvalidInputError('invalid_definition', `${owner}: payload is missing`);
  return marked({ kind: 'event', id: options.id, payload: options.payload, key: options.key });
}
