import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidInputError, inputIssues } from '../errors.ts';

/** Any validator that follows Standard Schema: Zod, Valibot, ArkType and others. */
export type Schema = StandardSchemaV1<unknown, unknown>;
export type SchemaInput<Validator extends Schema> = StandardSchemaV1.InferInput<Validator>;
export type SchemaOutput<Validator extends Schema> = StandardSchemaV1.InferOutput<Validator>;

/** The parsed value, at once where the schema answers at once. Throws or rejects with `InvalidInputError`. */
export function parseWith(schema: Schema | undefined, value: unknown, what: string): unknown {
  if (schema === undefined) return value;
  const checked = schema['~standard'].validate(value);
  return checked instanceof Promise ? checked.then((result) => accepted(result, what)) : accepted(checked, what);
}

function accepted(result: StandardSchemaV1.Result<unknown>, what: string): unknown {
  if (result.issues === undefined) return result.value;
  const issues = inputIssues(result.issues);
  const first = issues[0];
  const reason = first === undefined ? 'refused by its schema' : `${first.pointer} ${first.message}`.trim();
  throw new InvalidInputError('invalid_input', `the input of ${what} is invalid: ${reason}`, issues);
}
