import ts from 'typescript';
import type { SourceTree } from '../house-rules/source-tree.ts';
import { isTest, nodesIn } from '../house-rules/syntax.ts';
import { codesInPage, codesInSource } from './error-codes.ts';

const page = 'docs/reference/errors.md';

/** Codes that the code can give and the page does not explain, and the other way round. */
export function errorPageProblems(tree: SourceTree): string[] {
  if (!tree.paths.includes(page)) return [`${page} is missing`];
  const explained = codesInPage(tree.text(page));
  const given = codesInSource(tree);
  const missing = [...given].filter(([code]) => !explained.includes(code));
  const texts = stringsInSource(tree);
  return [
    ...missing.map(([code, path]) => `${page}: does not explain ${code} (${path})`),
    ...explained.filter((code) => !texts.has(code)).map((code) => `${page}: nothing gives ${code}`),
    ...explained
      .filter((code, index) => explained.indexOf(code) !== index)
      .map((code) => `${page}: ${code} stands twice`),
  ];
}

/** Codes are also handed on as plain arguments, so that any string constant counts as giving one. */
function stringsInSource(tree: SourceTree): Set<string> {
  const strings = new Set<string>();
  const sources = tree.paths.filter(
    (path) => /^(contracts|services|kit|apps|clients)\/.*\.ts$/.test(path) && !isTest(path),
  );
  for (const path of sources) {
    for (const node of nodesIn(tree.syntax(path))) {
      if (ts.isStringLiteralLike(node)) strings.add(node.text);
      if (ts.isPropertyAssignment(node)) strings.add(node.name.getText());
    }
  }
  return strings;
}
