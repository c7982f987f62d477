import {
  boolArray,
  byteaArray,
  type ElementType,
  type ElementValues,
  float8Array,
  int4Array,
  int8Array,
  type List,
  textArray,
  timestamptzArray,
  uuidArray,
} from './arrays.ts';
import type { Contract, Parameter } from './database.ts';

declare const column: unique symbol;

/**
 * A list that a statement unnests: one column of the rows that it is given, under the name that the statement has for
 * it. Columns of one `unnest` belong to one set of rows; sets are told apart by name where a statement takes several.
 */
export type Column<
  Name extends string,
  Type extends ElementType,
  Null extends null = never,
  Set extends string = 'rows',
> = List<Type, Null> & {
  readonly [column]: { readonly name: Name; readonly set: Set; readonly value: ElementValues[Type] | Null };
};

interface AnyColumn {
  readonly [column]: { readonly name: string; readonly set: string; readonly value: unknown };
}

/** Sets of rows that a statement takes, each with its columns in the order of the parameters. */
export type Sets = Readonly<Record<string, Readonly<Record<string, ElementType>>>>;

/** A statement as the schema knows it, without its text. */
export interface Signature<Parameters extends readonly Parameter[], Row> extends Contract<Parameters, Row> {
  readonly sets: Sets;
}

/** Makes the signature that a generated module gives of its statement. */
export function signature<Parameters extends readonly Parameter[], Row>(sets: Sets = {}): Signature<Parameters, Row> {
  return { sets } as Signature<Parameters, Row>;
}

type SetOf<P extends readonly unknown[]> = Extract<P[number], AnyColumn>[typeof column]['set'];

/** Parameters of one set, in their order. */
type ColumnsOf<P extends readonly unknown[], Set> = P extends readonly [infer First, ...infer Rest]
  ? First extends { readonly [column]: { readonly set: Set } }
    ? [First, ...ColumnsOf<Rest, Set>]
    : ColumnsOf<Rest, Set>
  : [];

/** A row as the statement takes it: by the names of its columns. */
type RowIn<C extends readonly unknown[]> = {
  readonly [K in Extract<C[number], AnyColumn> as K[typeof column]['name']]: K[typeof column]['value'];
};

type Reader<T, Value> = (row: T, index: number) => Value;

/** Every column that the rows do not have by themselves has to be read from them; any other may be. */
type Readers<T, In> = {
  readonly [Name in keyof In as T extends Readonly<Record<Name, In[Name]>> ? never : Name]: Reader<T, In[Name]>;
} & { readonly [Name in keyof In]?: Reader<T, In[Name]> };

export interface ColumnSet<C extends readonly unknown[]> {
  /** The columns as parameters, in the order of the statement. */
  encode(rows: readonly RowIn<C>[]): C;
  /** The same for rows of another shape. */
  of<T>(
    ...readers: Record<never, never> extends Readers<T, RowIn<C>> ? [Readers<T, RowIn<C>>?] : [Readers<T, RowIn<C>>]
  ): Encoder<T, C>;
}

export interface Encoder<T, C> {
  encode(rows: readonly T[]): C;
}

type Encode = (values: readonly never[]) => Buffer;

const encoders: Readonly<Record<ElementType, Encode>> = {
  bool: boolArray,
  bytea: byteaArray,
  int8: int8Array,
  int4: int4Array,
  text: textArray,
  float8: float8Array,
  timestamptz: timestamptzArray,
  uuid: uuidArray,
};

/** Rows that a statement takes, as one array for each of their columns; of several sets the one that is named. */
export function columns<P extends readonly Parameter[]>(
  signature: Signature<P, unknown>,
): ColumnSet<ColumnsOf<P, 'rows'>>;
export function columns<P extends readonly Parameter[], Set extends SetOf<P>>(
  signature: Signature<P, unknown>,
  set: Set,
): ColumnSet<ColumnsOf<P, Set>>;
export function columns({ sets }: { readonly sets: Sets }, set = 'rows'): unknown {
  const declared = sets[set];
  if (declared === undefined) throw new RangeError(`the statement takes no rows named ${set}`);
  const encoderOf = (readers: Readonly<Record<string, Reader<never, unknown>>>) => {
    const written = Object.entries(declared).map(([name, type]) => ({
      name,
      encode: encoders[type],
      read: readers[name],
    }));
    const encode = (rows: readonly never[]) =>
      written.map(({ name, encode: encodeAll, read }) =>
        encodeAll(read ? (rows.map(read) as never[]) : valuesOf(rows, name)),
      );
    return { encode };
  };
  return { ...encoderOf({}), of: (readers = {}) => encoderOf(readers) };
}

/** A loop: a closure for each column costs more than reading what it reads. */
function valuesOf(rows: readonly Readonly<Record<string, never>>[], name: string): never[] {
  const values = new Array<never>(rows.length);
  for (let i = 0; i < rows.length; i += 1) values[i] = (rows[i] as Readonly<Record<string, never>>)[name] as never;
  return values;
}
