import type { SourceTree } from '../house-rules/source-tree.ts';

const page = 'GLOSSARY.md';
const row = /^\| \*\*(?<terms>[^|]+)\*\* +\|[^|]*\| \[`(?<name>\w+)`\]\((?<path>[^)]+)\) +\|$/;

/** Each term of the glossary must name where it is typed, and that name must stand there. */
export function glossaryProblems(tree: SourceTree): string[] {
  if (!tree.paths.includes(page)) return [`${page} is missing`];
  const rows = tree
    .text(page)
    .split('\n')
    .filter((line) => line.startsWith('| **'));
  return rows.flatMap((line) => {
    const { terms = '', name = '', path = '' } = row.exec(line)?.groups ?? {};
    if (terms === '') return [`${page}: a term without the place where it is typed: ${line}`];
    const isTyped = tree.paths.includes(path) && new RegExp(`\\b${name}\\b`).test(tree.text(path));
    return isTyped ? [] : [`${page}: ${terms} is not typed as ${name} in ${path}`];
  });
}
