import ts from 'typescript';
import type { HouseRule, Violation } from './house-rule.ts';
import { pathsOfServices } from './services-of-tree.ts';
import type { SourceTree } from './source-tree.ts';
import { isTest, lineOf, nodesIn } from './syntax.ts';

/** What a file exports at least; `X` and `x` stand for its own name without its last word. */
const exported: readonly (readonly [path: RegExp, names: readonly string[]])[] = [
  [/^src\/api\/([a-z-]+)-events\.ts$/, ['consumedTypes', 'translateEvent']],
  [/^src\/api\/([a-z-]+)-routes\.ts$/, ['xRoutes']],
  [/^src\/api\/tenant\.ts$/, ['defaultTenant']],
  [/^src\/application\/bounds\.ts$/, ['boundsOf', 'GivenBounds']],
  [/^src\/application\/reactions\/([a-z-]+)-events\.ts$/, ['createXEvents']],
  [/^src\/application\/ports\/([a-z-]+)-store\.ts$/, ['XStore']],
  [/^src\/application\/ports\/([a-z-]+)-meter\.ts$/, ['XMeter']],
  [/^src\/infrastructure\/postgres\/([a-z-]+)-store\.ts$/, ['createXStore']],
  [/^src\/infrastructure\/telemetry\/([a-z-]+)-meter\.ts$/, ['createXMeter']],
  [/^testing\/service-harness\.ts$/, ['startHarness']],
];

const superlative = /^(max|min|most|fewest|least|largest|smallest|longest|shortest)(?=[A-Z]|$)/;
const eventType = /^taskflow\.[a-z]+\.[a-z-]+\.v\d+$/;

export const siblingsNameAlike: HouseRule = {
  name: 'siblings-name-alike',
  because: 'What does the same in two services is found by one name, and an event where events are made or translated.',
  check: (tree) =>
    [...pathsOfServices(tree)].flatMap(([root, own]) =>
      own.flatMap((path) => [
        ...unexportedBy(tree, root, path),
        ...(path === 'src/application/bounds.ts' ? superlativesIn(tree, root + path) : []),
        ...(mayNameEvents(path) ? [] : eventTypesIn(tree, root + path)),
      ]),
    ),
};

function unexportedBy(tree: SourceTree, root: string, path: string): Violation[] {
  if (isTest(path) && !path.startsWith('testing/')) return [];
  return exported.flatMap(([pattern, names]) => {
    const match = pattern.exec(path);
    if (match === null) return [];
    const given = exportsOf(tree.syntax(root + path));
    return names
      .map((name) => named(name, match[1] ?? ''))
      .filter((name) => !given.has(name))
      .map((name) => ({ path: root + path, message: `does not export ${name}, by which its siblings are used` }));
  });
}

/** `createXStore` of `dead-letter` is `createDeadLetterStore`, and `xRoutes` is `deadLetterRoutes`. */
function named(pattern: string, kebab: string): string {
  const pascal = kebab.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  return pattern.replace(/X/, pascal).replace(/^x/, camel);
}

function exportsOf(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of file.statements) {
    const isExported = ts.canHaveModifiers(statement) && statement.modifiers?.some(isExport) === true;
    if (!isExported) continue;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) names.add(name.getText());
    } else if ('name' in statement) names.add((statement.name as ts.Identifier).text);
  }
  return names;
}

function isExport({ kind }: ts.ModifierLike): boolean {
  return kind === ts.SyntaxKind.ExportKeyword;
}

function superlativesIn(tree: SourceTree, path: string): Violation[] {
  return [...nodesIn(tree.syntax(path))].flatMap((node) =>
    ts.isPropertySignature(node) && superlative.test(node.name.getText())
      ? [{ path, line: lineOf(node), message: `${node.name.getText()}: a bound says what is bounded` }]
      : [],
  );
}

function mayNameEvents(path: string): boolean {
  return (
    !/^src\/.*\.ts$/.test(path) || isTest(path) || /^src\/(application\/events|api\/[a-z-]+-events\.ts)/.test(path)
  );
}

function eventTypesIn(tree: SourceTree, path: string): Violation[] {
  return [...nodesIn(tree.syntax(path))].flatMap((node) =>
    ts.isStringLiteralLike(node) && eventType.test(node.text)
      ? [
          {
            path,
            line: lineOf(node),
            message: 'events are made in application/events and translated in api/*-events.ts',
          },
        ]
      : [],
  );
}
