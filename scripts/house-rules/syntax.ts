import ts from 'typescript';
import type { HouseRule, Violation } from './house-rule.ts';
import type { SourceTree } from './source-tree.ts';

export const isScript = (path: string): boolean => /\.(ts|tsx|mjs|cjs|js)$/.test(path);
/** Tests, and what only they use. */
export const isTest = (path: string): boolean => /\.test(-d)?\.ts$|^tests\/|\/testing\//.test(path);

/** Every node below `root`, itself included. */
export function* nodesIn(root: ts.Node): Generator<ts.Node> {
  const waiting: ts.Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    ts.forEachChild(node, (child) => {
      waiting.push(child);
    });
  }
}

export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

export function isExported(node: ts.Node): boolean {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

interface SyntaxRule {
  name: string;
  because: string;
  applies(path: string): boolean;
  /** What is wrong with the node, when something is. */
  judge(node: ts.Node, path: string): string | undefined;
}

/** A rule that looks at each node of each file that it applies to. */
export function syntaxRule({ name, because, applies, judge }: SyntaxRule): HouseRule {
  const check = (tree: SourceTree): Violation[] => {
    const found: Violation[] = [];
    for (const path of tree.paths.filter((candidate) => isScript(candidate) && applies(candidate))) {
      for (const node of nodesIn(tree.syntax(path))) {
        const message = judge(node, path);
        if (message !== undefined) found.push({ path, line: lineOf(node), message });
      }
    }
    return found;
  };
  return { name, because, check };
}

interface LineRule {
  name: string;
  because: string;
  applies(path: string): boolean;
  pattern: RegExp;
  message(match: RegExpExecArray): string;
}

/** A rule that looks at each line of text, comments included. */
export function lineRule({ name, because, applies, pattern, message }: LineRule): HouseRule {
  const check = (tree: SourceTree): Violation[] => {
    const found: Violation[] = [];
    for (const path of tree.paths.filter(applies)) {
      for (const [index, line] of tree.text(path).split('\n').entries()) {
        const match = pattern.exec(line);
        if (match !== null) found.push({ path, line: index + 1, message: message(match) });
      }
    }
    return found;
  };
  return { name, because, check };
}

/** `a.b` as text, for a property of a plain name; undefined for anything else. */
export function dotted(node: ts.Node): string | undefined {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  return `${node.expression.text}.${node.name.text}`;
}

/** The name that a call goes to: `f` in `f()`, `m` in `x.m()`. */
export function calledName(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  if (ts.isIdentifier(node.expression)) return node.expression.text;
  return ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : undefined;
}

/** The module that an import, re-export or `import()` names. */
export function importedModule(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : undefined;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return node.argument.literal.text;
  }
  return undefined;
}
