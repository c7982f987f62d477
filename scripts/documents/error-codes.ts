import ts from 'typescript';
import type { SourceTree } from '../house-rules/source-tree.ts';
import { isTest, nodesIn } from '../house-rules/syntax.ts';

const speaks = /^(services\/[^/]+\/src|kit\/[^/]+\/src|apps\/platform\/src|clients\/[^/]+\/src|contracts)\//;
const shape = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** Every stable error code that the code can give, with a file that gives it. */
export function codesInSource(tree: SourceTree): Map<string, string> {
  const codes = new Map<string, string>();
  const sources = tree.paths.filter((path) => speaks.test(path) && path.endsWith('.ts') && !isTest(path));
  for (const path of sources.reverse()) {
    const given = [...nodesIn(tree.syntax(path))].flatMap(codesOf);
    for (const code of given) codes.set(code, path);
  }
  return codes;
}

/** Codes that a page explains: first column of its tables. */
export function codesInPage(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `([a-z0-9_]+)` +\|/gm)].map((match) => match[1] ?? '');
}

const members = new Set(['code', 'refusal']);
/** Codes that are translated before anybody is shown them. */
const internal = new Set(['custom', 'unrecognized_keys', 'conflict']);

/**
 * `code: 'x'`, `code = 'x'` of a class, the type `code: 'x' | 'y'`, a type whose name ends in Code or Refusal, and the
 * first argument of an error's constructor.
 */
function codesOf(node: ts.Node): string[] {
  return literalsAt(node).filter((code) => shape.test(code) && !internal.has(code));
}

function literalsAt(node: ts.Node): string[] {
  if ((ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node)) && members.has(node.name.getText())) {
    return node.initializer === undefined ? [] : literalsOf(node.initializer);
  }
  if (ts.isPropertySignature(node) && members.has(node.name.getText()) && node.type !== undefined) {
    return literalTypesOf(node.type);
  }
  if (ts.isTypeAliasDeclaration(node) && /(Code|Refusal)$/.test(node.name.text)) return literalTypesOf(node.type);
  if (ts.isNewExpression(node) && node.expression.getText().endsWith('Error')) {
    const [first] = node.arguments ?? [];
    return first === undefined ? [] : literalsOf(first);
  }
  return [];
}

function literalsOf(expression: ts.Expression): string[] {
  if (ts.isStringLiteralLike(expression)) return [expression.text];
  if (ts.isAsExpression(expression)) return literalsOf(expression.expression);
  if (ts.isConditionalExpression(expression)) {
    return [...literalsOf(expression.whenTrue), ...literalsOf(expression.whenFalse)];
  }
  return [];
}

function literalTypesOf(type: ts.TypeNode): string[] {
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(literalTypesOf);
  return ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? [type.literal.text] : [];
}
