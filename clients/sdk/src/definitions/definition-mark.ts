/** The mark of a definition, known to every copy of this package: a program may load more than one. */
export const definitionMark = Symbol.for('@taskflow/sdk/definition');

/** Makes a definition of its members: marked, and never changed afterwards. */
export function marked<Members extends object>(members: Members): Readonly<Members> {
  return Object.freeze({ ...members, [definitionMark]: true });
}

/** Tells whether a value was made by `task()`, `workflow()` or one of their kind, in whichever copy of this package. */
export function isMarked(value: unknown): value is { readonly kind: string; readonly id: string } {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return Reflect.get(value, definitionMark) === true;
  } catch {
    // Modules may export anything, also a proxy that lets nobody read it.
    return false;
  }
}
