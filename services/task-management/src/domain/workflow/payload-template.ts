import type { JsonSource } from './json-source.ts';

interface AnyReference {
  readonly path: readonly string[];
  /** As its author wrote it. */
  readonly text: string;
  /** JSON text that stands in where there is no such value. */
  readonly fallback: string | undefined;
}

/** Says where a value comes from that is known only when the step starts. `item` is the item of a fan-out. */
export type Reference =
  | (AnyReference & { readonly source: 'input' | 'item' })
  | (AnyReference & { readonly source: 'step'; readonly step: string });

/** JSON text with holes: `texts[0] value(references[0]) texts[1] … texts[n]`. */
export interface PayloadTemplate {
  readonly texts: readonly string[];
  readonly references: readonly Reference[];
}

export interface TemplateProblem {
  readonly code: 'invalid_reference' | 'payload_too_deep';
  readonly detail: string;
}

/** Deepest nesting of a payload; deeper ones would overflow the stack of whoever walks them. */
export const maxPayloadDepth = 64;

/** Finds every `{"$from": …}` of a payload. Steps and values are not known here, only the syntax. */
export function compileTemplate(payload: unknown): PayloadTemplate | TemplateProblem {
  const builder: TemplateBuilder = { texts: [], references: [], text: '' };
  const problem = print(payload, 0, builder);
  if (problem) return problem;
  return { texts: [...builder.texts, builder.text], references: builder.references };
}

/**
 * Gives a reference's source: the input, an item, or a step's result. `undefined` where a step has no result, because it
 * was skipped or failed where that is tolerated.
 */
export type ValueOf = (reference: Reference) => JsonSource | undefined;

export type UnresolvedPayload =
  /** Its source has no such value. */
  | { readonly missing: Reference }
  /** Its source has no value at all. */
  | { readonly absent: Reference }
  /** With the values filled in it would be longer than allowed. */
  | { readonly oversized: true };
export type ResolvedPayload = { readonly text: string } | UnresolvedPayload;

/** Fills the holes, up to so many characters. The source is asked for once for each hole. */
export function resolveTemplate(template: PayloadTemplate, valueOf: ValueOf, maxChars: number): ResolvedPayload {
  const bound = bindTemplate(template, valueOf, () => true, maxChars);
  return 'texts' in bound ? { text: bound.texts[0] ?? '' } : bound;
}

/** Fills those holes that `isKnown`; the others stay. What grows too long is given up where it does, and not after. */
export function bindTemplate(
  { texts, references }: PayloadTemplate,
  valueOf: ValueOf,
  isKnown: (reference: Reference) => boolean,
  maxChars: number,
): PayloadTemplate | UnresolvedPayload {
  const left: Reference[] = [];
  const between: string[] = [];
  let text = texts[0] ?? '';
  let length = text.length;
  for (let i = 0; i < references.length; i++) {
    const reference = references[i] as Reference;
    const next = texts[i + 1] ?? '';
    if (isKnown(reference)) {
      const source = valueOf(reference);
      const value = source === undefined ? reference.fallback : (source.part(reference.path) ?? reference.fallback);
      if (value === undefined) return source === undefined ? { absent: reference } : { missing: reference };
      text += value;
      length += value.length;
    } else {
      left.push(reference);
      between.push(text);
      text = '';
    }
    text += next;
    length += next.length;
    if (length > maxChars) return { oversized: true };
  }
  return length > maxChars ? { oversized: true } : { texts: [...between, text], references: left };
}

/** Reads what a reference names, or its default; `undefined` where there is neither. */
export function readReference(reference: Reference, valueOf: ValueOf): unknown {
  const { path, fallback } = reference;
  const value = valueOf(reference)?.value(path);
  return value === undefined && fallback !== undefined ? (JSON.parse(fallback) as unknown) : value;
}

interface TemplateBuilder {
  readonly texts: string[];
  readonly references: Reference[];
  text: string;
}

function print(value: unknown, depth: number, out: TemplateBuilder): TemplateProblem | undefined {
  if (typeof value !== 'object' || value === null) {
    out.text += JSON.stringify(value) ?? 'null';
    return undefined;
  }
  if (depth >= maxPayloadDepth) {
    return { code: 'payload_too_deep', detail: `The payload is nested deeper than ${maxPayloadDepth} levels.` };
  }
  if (Array.isArray(value)) return printArray(value, depth, out);
  if (Object.hasOwn(value, '$from')) return printReference(value as Record<string, unknown>, out);
  return printObject(value as Record<string, unknown>, depth, out);
}

function printArray(items: readonly unknown[], depth: number, out: TemplateBuilder): TemplateProblem | undefined {
  out.text += '[';
  for (let i = 0; i < items.length; i++) {
    if (i > 0) out.text += ',';
    const problem = print(items[i], depth + 1, out);
    if (problem) return problem;
  }
  out.text += ']';
  return undefined;
}

function printObject(value: Record<string, unknown>, depth: number, out: TemplateBuilder): TemplateProblem | undefined {
  let separator = '{';
  for (const key of Object.keys(value)) {
    if (value[key] === undefined) continue;
    out.text += `${separator}${JSON.stringify(key)}:`;
    separator = ',';
    const problem = print(value[key], depth + 1, out);
    if (problem) return problem;
  }
  out.text += separator === '{' ? '{}' : '}';
  return undefined;
}

function printReference(value: Record<string, unknown>, out: TemplateBuilder): TemplateProblem | undefined {
  const reference = compileReference(value);
  if ('code' in reference) return reference;
  out.texts.push(out.text);
  out.text = '';
  out.references.push(reference);
  return undefined;
}

/** The reference that an object with `$from` is. */
export function compileReference(value: Readonly<Record<string, unknown>>): Reference | TemplateProblem {
  const { $from, default: fallback, ...others } = value;
  const source = Object.keys(others).length === 0 ? parseSource($from) : undefined;
  if (!source) {
    const shown = JSON.stringify($from)?.slice(0, 200) ?? 'nothing';
    return {
      code: 'invalid_reference',
      detail: `A reference is {"$from": "input.<path>"} or {"$from": "steps.<key>.result.<path>"}, in a fan-out also {"$from": "item.<path>"}, with no other member than "default", and not ${shown}.`,
    };
  }
  if (!Object.hasOwn(value, 'default')) return { ...source, fallback: undefined };
  const template = compileTemplate(fallback);
  if ('code' in template) return template;
  if (template.references.length === 0) return { ...source, fallback: template.texts[0] ?? 'null' };
  return { code: 'invalid_reference', detail: `The default of the reference to "${source.text}" holds another one.` };
}

type Source = Reference extends infer R ? (R extends Reference ? Omit<R, 'fallback'> : never) : never;

function parseSource(from: unknown): Source | undefined {
  if (typeof from !== 'string') return undefined;
  const [source, ...rest] = from.split('.');
  if (rest.some((member) => member === '')) return undefined;
  if (source === 'input' || source === 'item') return { source, path: rest, text: from };
  const [step, result, ...path] = rest;
  if (source !== 'steps' || step === undefined || result !== 'result') return undefined;
  return { source: 'step', step, path, text: from };
}
