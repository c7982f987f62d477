import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Signature } from './columns.ts';
import type { Parameter, ParametersOf, RowOf, Statement, TypedStatement } from './database.ts';

/**
 * Reads `<name>.sql` for each name from `directory` (a URL that ends with a slash). Called where adapters are
 * built, not at import, so that a missing file stops the start and names itself. The prepared name ends in a hash
 * of the text: two components that share a connection may both have an `append.sql`.
 */
export function loadStatements<N extends string>(directory: URL, names: readonly N[]): Record<N, Statement> {
  const statements = {} as Record<N, Statement>;
  for (const name of names) {
    const text = readFileSync(new URL(`${name}.sql`, directory), 'utf8');
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
    statements[name] = { name: `${name.slice(0, 50)}_${hash}`, text };
  }
  return statements;
}

type Signatures = Readonly<Record<string, Signature<never, unknown>>>;

export type TypedStatements<S extends Signatures> = {
  readonly [N in keyof S]: TypedStatement<Extract<ParametersOf<S[N]>, readonly Parameter[]>, RowOf<S[N]>>;
};

/** The same for statements whose types a generated module knows. */
export function loadTypedStatements<S extends Signatures>(directory: URL, signatures: S): TypedStatements<S> {
  return loadStatements(directory, Object.keys(signatures)) as Readonly<
    Record<string, Statement>
  > as TypedStatements<S>;
}

/**
 * Puts quoted identifiers where the text says `:"key"`: names of databases and roles cannot be parameters. The
 * result is not prepared, because its text is hardly ever the same twice.
 */
export function withIdentifiers(statement: Statement, identifiers: Readonly<Record<string, string>>): Statement {
  const text = statement.text.replaceAll(/:"(\w+)"/g, (_, key: string) => {
    const name = identifiers[key];
    if (name === undefined) throw new RangeError(`statement ${statement.name} needs the identifier ${key}`);
    return pg.escapeIdentifier(name);
  });
  return { name: '', text };
}
