declare const types: unique symbol;

/** A definition that can be started: `I` is what callers give, `O` what they get. The types are carried, never present. */
export interface Startable<I, O> {
  readonly kind: 'task' | 'workflow';
  readonly id: string;
  readonly [types]?: { readonly input: (input: I) => void; readonly output: O };
}

/** What callers give to start a definition. */
export type InputOf<D> = D extends Startable<infer I, infer _O> ? I : never;
/** What the definition's result is. */
export type OutputOf<D> = D extends Startable<infer _I, infer O> ? O : never;
