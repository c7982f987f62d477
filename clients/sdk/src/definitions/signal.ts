import { checkName } from './check.ts';
import { marked } from './definition-mark.ts';
import { refuseUnknown } from './not-available.ts';
import { InvalidInputError } from '../errors.ts';
import { checkOptions, isSchema } from './option-rules.ts';
import type { Schema, SchemaInput, SchemaOutput } from './schema.ts';
import type { RequireWire } from './wire-type.ts';

declare const types: unique symbol;

/** A typed message to one running workflow: its sender gives an `Input`, the steps that read it see a `Payload`. */
export interface SignalDef<Input, Payload = Input> {
  readonly kind: 'signal';
  readonly id: string;
  readonly payload: Schema;
  readonly [types]?: { readonly input: (payload: Input) => void; readonly seen: Payload };
}
/** Any signal, where its types do not matter. */
export type AnySignal = SignalDef<never, unknown>;

/**
 * Defines a signal. Its payload is checked when it is sent, and again by the worker when a step reads it, for a signal
 * may also come by HTTP. Throws `TaskFlowError` with code `invalid_definition` or `unknown_option`.
 *
 * @example
 * import { signal, workflow } from '@taskflow/sdk';
 * import { testkit } from '@taskflow/sdk/testing';
 * import { z } from 'zod';
 *
 * const Approved = signal({ id: 'approved', payload: z.object({ by: z.string() }) });
 * const order = workflow({ id: 'order' }, (w) => {
 *   const approval = w.waitFor('approval', Approved, { timeout: '2d' });
 *   return w.output({ approval }, (seen) => `approved by ${seen.approval.by}`);
 * });
 *
 * await using t = await testkit();
 * const run = await t.start(order, undefined);
 * await run.signal(Approved, { by: 'ana' });
 * console.log(await run.result()); // approved by ana
 */
export function signal<PayloadSchema extends Schema>(
  options: { readonly id: string; readonly payload: PayloadSchema } & RequireWire<
    'payload',
    SchemaInput<PayloadSchema>
  >,
): SignalDef<SchemaInput<PayloadSchema>, SchemaOutput<PayloadSchema>> {
  const owner = `signal "${options.id}"`;
  refuseUnknown(owner, options, ['id', 'payload']);
  checkName(owner, options.id);
  checkOptions(owner, options, { payload: isSchema }, 'invalid_definition');
  if (options.payload === undefined) throw new InvalidInputError('invalid_definition', `${owner}: payload is missing`);
  return marked({ kind: 'signal', id: options.id, payload: options.payload });
}
