import ts from 'typescript';
import { termsOf } from '../documents/glossary-terms.ts';
import type { HouseRule, Violation } from './house-rule.ts';
import { holds, wordsOf } from './name-words.ts';
import type { SourceTree } from './source-tree.ts';
import { isMigration, isSql, sqlCode } from './sql-text.ts';
import { isScript, lineOf, nodesIn } from './syntax.ts';

/** Names of a word are refused as whole words: `lane` refuses `laneKey` and `lanes`, and not `plane`. */
export const oneWordPerThing: HouseRule = {
  name: 'one-word-per-thing',
  because: 'Who reads two words looks for two things, and who searches for one of them finds half.',
  check(tree) {
    const refused = termsOf(tree).flatMap(({ term, notThis }) =>
      notThis.map((word) => ({ term, words: wordsOf(word) })),
    );
    if (refused.length === 0) return [];
    const find = (name: string) => {
      const words = wordsOf(name);
      return refused.find((one) => holds(words, one.words));
    };
    return tree.paths.flatMap((path) =>
      namesIn(tree, path).flatMap(({ name, line }): Violation[] => {
        const found = find(name);
        if (found === undefined) return [];
        return [
          { path, ...(line !== undefined && { line }), message: `${name}: the word is "${found.term}" (GLOSSARY.md)` },
        ];
      }),
    );
  },
};

interface Named {
  readonly name: string;
  readonly line?: number;
}

/** Names that a file gives. What it only uses is named elsewhere. */
function namesIn(tree: SourceTree, path: string): Named[] {
  const file = { name: (path.split('/').at(-1) ?? '').replace(/\..*$/, '') };
  if (isSql(path)) return isMigration(path) ? [] : [file, ...namesInSql(tree.text(path))];
  return isScript(path) ? [file, ...declaredIn(tree.syntax(path))] : [];
}

function namesInSql(text: string): Named[] {
  return sqlCode(text)
    .split('\n')
    .flatMap((line, i) => (line.match(/[a-z_][a-z0-9_]*/gi) ?? []).map((name) => ({ name, line: i + 1 })));
}

function declaredIn(file: ts.SourceFile): Named[] {
  const names: Named[] = [];
  for (const node of nodesIn(file)) {
    const name = declaredName(node);
    if (name !== undefined) names.push({ name, line: lineOf(node) });
  }
  return names;
}

/** Also the values of a closed set, which name things as much as identifiers do. */
function declaredName(node: ts.Node): string | undefined {
  if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) return node.literal.text;
  const isDeclaration =
    ts.isVariableDeclaration(node) ||
    ts.isBindingElement(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessorDeclaration(node);
  if (!isDeclaration || node.name === undefined) return undefined;
  return ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name) ? node.name.text : undefined;
}
