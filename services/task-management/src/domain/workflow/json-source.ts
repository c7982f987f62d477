/**
 * A JSON text that others take parts of. It is parsed once, however many ask, and each part is printed once: ten
 * thousand references into one input would otherwise parse it ten thousand times.
 */
export interface JsonSource {
  readonly text: string;
  /** What `path` names; `undefined` when there is nothing. JSON has no `undefined` of its own. */
  value(path: readonly string[]): unknown;
  /** JSON text of what `path` names; `undefined` when there is nothing. */
  part(path: readonly string[]): string | undefined;
}

export function jsonSource(text: string): JsonSource {
  let parsed: { readonly value: unknown } | undefined;
  const parts = new Map<string, string | undefined>();

  function value(path: readonly string[]): unknown {
    parsed ??= { value: JSON.parse(text) };
    let found = parsed.value;
    for (const member of path) {
      if (!hasMember(found, member)) return undefined;
      found = (found as Record<string, unknown>)[member];
    }
    return found;
  }

  function part(path: readonly string[]): string | undefined {
    if (path.length === 0) return text;
    // A member that holds a dot cannot be named.
    const name = path.join('.');
    if (parts.has(name)) return parts.get(name);
    const printed = JSON.stringify(value(path));
    parts.set(name, printed);
    return printed;
  }

  return { text, value, part };
}

/** Own members alone: neither an inherited property nor an array's `length` is part of the JSON value. */
function hasMember(value: unknown, member: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) && !/^(0|[1-9]\d{0,8})$/.test(member)) return false;
  return Object.hasOwn(value, member);
}
