/** Where a value comes from that is known only when the step starts. */
export type Reference =
  | { readonly source: 'input'; readonly path: readonly string[]; readonly text: string }
  | { readonly source: 'step'; readonly step: string; readonly path: readonly string[]; readonly text: string };

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

export type Resolved = { readonly text: string } | { readonly missing: Reference };

/**
 * Fills the holes. `valueOf` gives the JSON text of a reference's source as a whole, and is asked once for each
 * hole; text is spliced in as it is when a reference names the whole value.
 */
export function resolveTemplate(template: PayloadTemplate, valueOf: (reference: Reference) => string): Resolved {
  const { texts, references } = template;
  let text = texts[0] ?? '';
  for (let i = 0; i < references.length; i++) {
    const reference = references[i] as Reference;
    const value = selectPath(valueOf(reference), reference.path);
    if (value === undefined) return { missing: reference };
    text += value + (texts[i + 1] ?? '');
  }
  return { text };
}

/** The JSON text of what `path` names inside a JSON text; `undefined` when there is nothing. */
export function selectPath(json: string, path: readonly string[]): string | undefined {
  if (path.length === 0) return json;
  let value: unknown = JSON.parse(json);
  for (const member of path) {
    if (!hasMember(value, member)) return undefined;
    value = (value as Record<string, unknown>)[member];
  }
  return JSON.stringify(value);
}

/** Own members alone: neither an inherited property nor an array's `length` is part of the JSON value. */
function hasMember(value: unknown, member: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) && !/^(0|[1-9]\d{0,8})$/.test(member)) return false;
  return Object.hasOwn(value, member);
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
  const reference = Object.keys(value).length === 1 ? parseReference(value.$from) : undefined;
  if (!reference) {
    const shown = JSON.stringify(value.$from)?.slice(0, 200) ?? 'nothing';
    return {
      code: 'invalid_reference',
      detail: `A reference is {"$from": "input.<path>"} or {"$from": "steps.<key>.result.<path>"} with no other member, and not ${shown}.`,
    };
  }
  out.texts.push(out.text);
  out.text = '';
  out.references.push(reference);
  return undefined;
}

function parseReference(from: unknown): Reference | undefined {
  if (typeof from !== 'string') return undefined;
  const [source, ...rest] = from.split('.');
  if (rest.some((member) => member === '')) return undefined;
  if (source === 'input') return { source: 'input', path: rest, text: from };
  const [step, result, ...path] = rest;
  if (source !== 'steps' || step === undefined || result !== 'result') return undefined;
  return { source: 'step', step, path, text: from };
}
