import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from './contract-schema.ts';
import type { Direction } from './published-contracts.ts';

/**
 * What in `after` would hurt a program that was written for `before`, each with its place; empty when the change
 * is additive. A produced message may gain optional members and nothing else. An accepted one may also ask for
 * less: a member may become optional, an enumeration longer, a bound wider, a union may gain a branch. A member that
 * was refused whatever it held (`x-refused`) was in no accepted message, so it may become anything. A produced set of
 * values that says of itself that it grows (`x-grows`) may. An integer whose bound was that of the language may get the
 * bound of the column that stores it: what lies between could never be stored, so nothing was accepted with it.
 */
export function breakingChanges(before: JsonSchema, after: JsonSchema, direction: Direction): string[] {
  const comparison: Comparison = { direction, before, after, seen: new Set() };
  return compare('', before, after, comparison);
}

interface Comparison {
  readonly direction: Direction;
  readonly before: JsonSchema;
  readonly after: JsonSchema;
  /** Pairs of references that are being compared: a recursive schema ends here. */
  readonly seen: Set<string>;
}

function compare(place: string, left: JsonSchema, right: JsonSchema, comparison: Comparison): string[] {
  if (left.$ref !== undefined || right.$ref !== undefined) {
    const pair = `${left.$ref ?? place} ${right.$ref ?? place}`;
    if (comparison.seen.has(pair)) return [];
    comparison.seen.add(pair);
  }
  const before = resolve(left, comparison.before);
  const after = resolve(right, comparison.after);
  if (before['x-refused'] === true && comparison.direction === 'accepted') return [];
  const branches = branchesOf(before);
  if (branches !== undefined || branchesOf(after) !== undefined) {
    return compareUnions(place, branches ?? [before], branchesOf(after) ?? [after], comparison);
  }
  if (before.type !== after.type) {
    return [`${place || 'the message'}: type changed from ${typeName(before)} to ${typeName(after)}`];
  }
  return [
    ...compareValues(place, before, after, comparison),
    ...compareKeywords(place, before, after, comparison),
    ...compareMembers(place, before, after, comparison),
    ...compareParts(place, before, after, comparison),
  ];
}

function typeName({ type }: JsonSchema): string {
  return typeof type === 'string' ? type : 'any';
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  return name === undefined ? schema : (root.$defs?.[name] ?? schema);
}

function branchesOf(schema: JsonSchema): readonly JsonSchema[] | undefined {
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => ({ ...schema, type }));
  return schema.anyOf ?? schema.oneOf;
}

/** Each old branch must live on in a new one; a new one beside them is a surprise to whoever reads the message. */
function compareUnions(
  place: string,
  before: readonly JsonSchema[],
  after: readonly JsonSchema[],
  comparison: Comparison,
): string[] {
  const kept = new Set<JsonSchema>();
  const lost = before.flatMap((branch) => {
    const problems = after.map((candidate) => ({ candidate, found: compare(place, branch, candidate, comparison) }));
    const match = problems.find(({ found, candidate }) => found.length === 0 && !kept.has(candidate));
    if (match === undefined) return [`${place || 'the message'}: a branch of the union is gone or changed`];
    kept.add(match.candidate);
    return [];
  });
  const added = comparison.direction === 'produced' && after.length > before.length;
  return added ? [...lost, `${place || 'the message'}: the union has a new branch`] : lost;
}

function compareValues(place: string, before: JsonSchema, after: JsonSchema, { direction }: Comparison): string[] {
  const old = valuesOf(before);
  const now = valuesOf(after);
  if (old === undefined && now === undefined) return [];
  if (old === undefined) return [`${place}: is now limited to ${JSON.stringify(now)}`];
  if (now === undefined)
    return direction === 'accepted' ? [] : [`${place}: is no longer limited to ${JSON.stringify(old)}`];
  const gone = old
    .filter((value) => !now.includes(value))
    .map((value) => `${place}: the value ${String(value)} is gone`);
  const added = now
    .filter((value) => !old.includes(value))
    .map((value) => `${place}: the value ${String(value)} is new`);
  return direction === 'produced' && after['x-grows'] !== true ? [...gone, ...added] : gone;
}

function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  return 'const' in schema ? [schema.const] : schema.enum;
}

const lowerBounds = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const upperBounds = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const exactKeywords = ['pattern', 'format', 'multipleOf', 'uniqueItems'];

function compareKeywords(place: string, before: JsonSchema, after: JsonSchema, { direction }: Comparison): string[] {
  const changed = [...exactKeywords, ...lowerBounds, ...upperBounds].filter(
    (keyword) => !isDeepStrictEqual(before[keyword], after[keyword]),
  );
  return changed
    .filter((keyword) => direction === 'produced' || !isWider(keyword, before[keyword], after[keyword]))
    .map((keyword) => `${place}: ${keyword} changed from ${String(before[keyword])} to ${String(after[keyword])}`);
}

function isWider(keyword: string, before: unknown, after: unknown): boolean {
  if (after === undefined) return true;
  if (before === undefined || exactKeywords.includes(keyword)) return false;
  if (keyword === 'maximum' && before === Number.MAX_SAFE_INTEGER) return columnBounds.has(after);
  return lowerBounds.includes(keyword) ? Number(after) < Number(before) : Number(after) > Number(before);
}

/** Of smallint and integer. */
const columnBounds: ReadonlySet<unknown> = new Set([32_767, 2_147_483_647]);

function compareMembers(place: string, before: JsonSchema, after: JsonSchema, comparison: Comparison): string[] {
  const { direction } = comparison;
  const wasRequired = new Set(before.required ?? []);
  const isRequired = new Set(after.required ?? []);
  const members = after.properties ?? {};
  const kept = Object.entries(before.properties ?? {}).flatMap(([name, schema]) => {
    const at = place === '' ? name : `${place}.${name}`;
    const now = members[name];
    if (now === undefined) return [`${at}: is gone`];
    const relaxed = wasRequired.has(name) && !isRequired.has(name) && direction === 'produced';
    return [...(relaxed ? [`${at}: may now be absent`] : []), ...compare(at, schema, now, comparison)];
  });
  const demanded = [...isRequired]
    .filter((name) => !wasRequired.has(name))
    .map((name) => `${place === '' ? name : `${place}.${name}`}: is now required`);
  return [...kept, ...demanded];
}

/** Elements of a list, values of a record, and whether unknown members are let in. */
function compareParts(place: string, before: JsonSchema, after: JsonSchema, comparison: Comparison): string[] {
  const items = comparePart(`${place}[]`, before.items, after.items, comparison);
  return [
    ...items,
    ...compareUnknownMembers(place, before.additionalProperties, after.additionalProperties, comparison),
  ];
}

function comparePart(
  place: string,
  before: JsonSchema | undefined,
  after: JsonSchema | undefined,
  comparison: Comparison,
) {
  if (before === undefined && after === undefined) return [];
  return compare(place, before ?? {}, after ?? {}, comparison);
}

function compareUnknownMembers(
  place: string,
  before: JsonSchema | boolean | undefined,
  after: JsonSchema | boolean | undefined,
  comparison: Comparison,
): string[] {
  if (typeof before === 'object' && typeof after === 'object') return compare(`${place}.*`, before, after, comparison);
  if (before === after || (comparison.direction === 'accepted' && before === false)) return [];
  return [`${place || 'the message'}: what it says of unknown members changed`];
}
