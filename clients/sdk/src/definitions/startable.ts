declare const types: unique symbol;

/**
 * A definition that can be started: callers give an `Input` and get an `Output`. No value holds the types; they are there
 * for the compiler.
 */
export interface Startable<Input, Output> {
  readonly kind: 'task' | 'workflow';
  readonly id: string;
  readonly [types]?: { readonly input: (input: Input) => void; readonly output: Output };
}

/** The type that callers give to start a definition. */
export type InputOf<Definition> = Definition extends Startable<infer Input, infer _Output> ? Input : never;
/** The type of the definition's result. */
export type OutputOf<Definition> = Definition extends Startable<infer _Input, infer Output> ? Output : never;
