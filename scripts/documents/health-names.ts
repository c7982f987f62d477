import ts from 'typescript';
import type { SourceTree } from '../house-rules/source-tree.ts';
import { isTest, nodesIn } from '../house-rules/syntax.ts';

const page = 'docs/guides/operating.md';
const services = ['task-management', 'task-execution'];
const makers = new Set(['createLoop', 'createGroupCommit']);

/** Loops and writers that `/health` names and the page does not explain, and the other way round. */
export function healthNameProblems(tree: SourceTree): string[] {
  if (!tree.paths.includes(page)) return [`${page} is missing`];
  const explained = namesInPage(tree.text(page));
  const given = new Set(services.flatMap((service) => namesOfService(tree, service)));
  return [
    ...[...given].filter((name) => !explained.has(name)).map((name) => `${page}: does not explain ${name}`),
    ...[...explained].filter((name) => !given.has(name)).map((name) => `${page}: nothing in /health is named ${name}`),
  ];
}

/** Of its own, and of what the kit runs for each service: the outbox is pruned. */
function namesOfService(tree: SourceTree, service: string): string[] {
  const own = new RegExp(`^(?:services/${service}|kit/messaging-postgres)/src/.*\\.ts$`);
  return tree.paths
    .filter((path) => own.test(path) && !isTest(path))
    .flatMap((path) => [...nodesIn(tree.syntax(path))].flatMap(madeName))
    .map((name) => `${service}.${name}`);
}

function madeName(node: ts.Node): string[] {
  if (!ts.isCallExpression(node) || !makers.has(node.expression.getText())) return [];
  const [options] = node.arguments;
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return [];
  return options.properties.flatMap((property) => {
    const isName = ts.isPropertyAssignment(property) && property.name.getText() === 'name';
    return isName && ts.isStringLiteralLike(property.initializer) ? [property.initializer.text] : [];
  });
}

/** Those of services that stand in tables; a database is nothing that is made there. */
function namesInPage(markdown: string): Set<string> {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
  const found = [...rows.join('\n').matchAll(/`(task-(?:management|execution)\.[a-z-]+)`/g)].map(
    ([, name = '']) => name,
  );
  return new Set(found.filter((name) => !name.endsWith('.database')));
}
