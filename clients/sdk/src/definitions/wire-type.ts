/** Takes the place of a type that cannot cross a process boundary, so that the compiler's message says why. */
type Refused<What extends string> = `taskflow: ${What} cannot cross the wire`;

type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;
type Atom = string | number | bigint | boolean | null | undefined | void | Date | URL | ArrayBuffer | TypedArray;

/**
 * What surely survives. Asked first, because the compiler compares types that contain themselves (`z.json()`) and cannot
 * unfold them.
 */
type Sendable =
  | Atom
  | readonly Sendable[]
  | ReadonlyMap<Sendable, Sendable>
  | ReadonlySet<Sendable>
  | { readonly [member: string]: Sendable };

/**
 * `T` itself when a value of it survives the way through the server, else `T` with a `taskflow: …` text in each place
 * that does not. Instances of classes of one's own look like plain objects here and are refused at run time.
 */
export type Wire<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? T
    : T extends Sendable
      ? T
      : T extends symbol
        ? Refused<'a symbol'>
        : T extends (...parameters: never[]) => unknown
          ? Refused<'a function'>
          : T extends Map<infer Key, infer Item>
            ? Map<Wire<Key>, Wire<Item>>
            : T extends ReadonlyMap<infer Key, infer Item>
              ? ReadonlyMap<Wire<Key>, Wire<Item>>
              : T extends Set<infer Item>
                ? Set<Wire<Item>>
                : T extends ReadonlySet<infer Item>
                  ? ReadonlySet<Wire<Item>>
                  : T extends RegExp
                    ? Refused<'a RegExp'>
                    : T extends PromiseLike<unknown>
                      ? Refused<'a promise'>
                      : { [Key in keyof T]: Wire<T[Key]> };

/** Intersected with the options of a definition: no demand when `T` survives the wire, else one that names the culprit. */
export type RequireWire<Member extends string, T> = [T] extends [Wire<T>]
  ? unknown
  : { readonly [Key in Member]: NoInfer<Wire<T>> };
