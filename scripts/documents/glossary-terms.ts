import type { SourceTree } from '../house-rules/source-tree.ts';

export const glossaryPage = 'GLOSSARY.md';

export interface GlossaryTerm {
  readonly line: string;
  readonly term: string;
  /** Where it is typed; empty where the row does not say so as it has to. */
  readonly name: string;
  readonly path: string;
  /** Words that nothing is named by, because the term is. */
  readonly notThis: readonly string[];
}

const row =
  /^\| \*\*(?<term>[^|]+)\*\* *\|[^|]*\| \[`(?<name>\w+)`\]\((?<path>[^)]+)\) *\|(?<notThis>(?: *`[\w-]+`,?)* *)\|$/;

/** The rows of the glossary's tables. */
export function termsOf(tree: SourceTree): GlossaryTerm[] {
  if (!tree.paths.includes(glossaryPage)) return [];
  const rows = tree
    .text(glossaryPage)
    .split('\n')
    .filter((line) => line.startsWith('| **'));
  return rows.map((line) => {
    const { term = '', name = '', path = '', notThis = '' } = row.exec(line)?.groups ?? {};
    return { line, term, name, path, notThis: [...notThis.matchAll(/`([\w-]+)`/g)].map(([, word = '']) => word) };
  });
}
