import type { SourceTree } from '../house-rules/source-tree.ts';
import { glossaryPage as page, termsOf } from './glossary-terms.ts';

/** Each term of the glossary must name where it is typed, and that name must stand there. */
export function glossaryProblems(tree: SourceTree): string[] {
  if (!tree.paths.includes(page)) return [`${page} is missing`];
  return termsOf(tree).flatMap(({ line, term, name, path }) => {
    if (term === '') return [`${page}: not a term, its meaning, where it is typed and which words it is not: ${line}`];
    const isTyped = tree.paths.includes(path) && new RegExp(`\\b${name}\\b`).test(tree.text(path));
    return isTyped ? [] : [`${page}: ${term} is not typed as ${name} in ${path}`];
  });
}
