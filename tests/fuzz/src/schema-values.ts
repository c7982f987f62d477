import fc from 'fast-check';
import { ids } from './known-ids.ts';

/** The part of JSON Schema that the API is described in. */
export interface JsonSchema {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object';
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly 'x-refused'?: boolean;
}

/** Values of a member by its name, where what fits the schema alone would say little. */
export type Overrides = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const smallJson = fc.jsonValue({ maxDepth: 2, noUnicodeString: false }).filter((value) => !Object.is(value, -0));
const itemLimit = 4;

/** Values that fit a schema, small ones first. */
export function valuesOf(schema: JsonSchema, overrides: Overrides = {}): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (branches) return fc.oneof(...branches.map((branch) => valuesOf(branch, overrides)));
  return schema.type === undefined ? smallJson : valuesOfType(schema.type, schema, overrides);
}

function valuesOfType(
  type: NonNullable<JsonSchema['type']>,
  schema: JsonSchema,
  overrides: Overrides,
): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return textsOf(schema);
    case 'integer':
      return wholesOf(schema);
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true }).map((n) => n + 0);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}, overrides), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? itemLimit, itemLimit)),
      });
    case 'object':
      return objectsOf(schema, overrides);
  }
}

function textsOf({ format, pattern, minLength = 0, maxLength = 30 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uuid') return ids();
  if (format === 'date-time') {
    const [min, max] = [new Date('2020-01-01'), new Date('2030-01-01')];
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.min(maxLength, Math.max(minLength, 30)) });
}

function wholesOf({ minimum = -1_000, maximum = 1_000 }: JsonSchema): fc.Arbitrary<number> {
  const limit = Math.min(maximum, Math.max(minimum, 0) + 1_000);
  return fc.oneof({ weight: 6, arbitrary: fc.integer({ min: minimum, max: limit }) }, fc.constantFrom(minimum, limit));
}

function objectsOf(schema: JsonSchema, overrides: Overrides): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const members = Object.entries(properties)
    .filter(([, member]) => member['x-refused'] !== true)
    .map(([name, member]) => [name, overrides[name] ?? valuesOf(member, overrides)] as const);
  const record = fc.record(Object.fromEntries(members), { requiredKeys: [...required], noNullPrototype: true });
  if (typeof additionalProperties !== 'object') return record;
  const key = fc.stringMatching(/^[a-z]{1,5}$/);
  const more = fc.dictionary(key, valuesOf(additionalProperties, overrides), { maxKeys: 3, noNullPrototype: true });
  return fc.tuple(record, more).map(([known, others]) => ({ ...others, ...known }));
}
