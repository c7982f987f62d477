/** What a type that cannot cross a process boundary turns into, so that the compiler's message says why. */
type Refused<What extends string> = `taskflow: ${What} cannot cross the wire; use plain JSON`;

/**
 * `T` itself when a value of it survives JSON, else `T` with a `taskflow: …` text in each place that does not.
 * Inputs and results are stored and sent as JSON, so a `Date` would come back as a string while its type said `Date`.
 */
export type PlainJson<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? T
    : T extends string | number | boolean | null | undefined | void
      ? T
      : T extends bigint
        ? Refused<'a bigint'>
        : T extends symbol
          ? Refused<'a symbol'>
          : T extends (...parameters: never[]) => unknown
            ? Refused<'a function'>
            : T extends Date
              ? Refused<'a Date'>
              : T extends ReadonlyMap<unknown, unknown>
                ? Refused<'a Map'>
                : T extends ReadonlySet<unknown>
                  ? Refused<'a Set'>
                  : T extends ArrayBuffer | ArrayBufferView | URL | RegExp
                    ? Refused<'a binary value, URL or RegExp'>
                    : { [K in keyof T]: PlainJson<T[K]> };

/** Intersected with the options of a definition: no demand when `T` is plain JSON, else one that names the culprit. */
export type RequirePlain<Member extends string, T> = [T] extends [PlainJson<T>]
  ? unknown
  : { readonly [K in Member]: NoInfer<PlainJson<T>> };
