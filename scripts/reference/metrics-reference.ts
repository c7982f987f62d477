import ts from 'typescript';
import { type SourceTree, treeOnDisk } from '../house-rules/source-tree.ts';
import { calledName, isTest, nodesIn } from '../house-rules/syntax.ts';
import type { GeneratedFile } from './generated-file.ts';

export interface Metric {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
  readonly help: string;
  /** Package that counts it. */
  readonly source: string;
}

const kinds = new Set(['counter', 'gauge', 'histogram']);

export const metricsReference: GeneratedFile = {
  path: 'docs/reference/metrics.md',
  command: 'npm run reference',
  render: () => `# Metrics

Served under \`/metrics\` in the Prometheus text format.

| metric | kind | labels | meaning | counted by |
|---|---|---|---|---|
${metricsIn(treeOnDisk()).map(row).join('\n')}
`,
};

/** Every metric that the code makes, in the order of names. */
export function metricsIn(tree: SourceTree): Metric[] {
  const found = new Map<string, Metric>();
  for (const path of tree.paths.filter(
    (candidate) => /^(services|kit|apps)\/.*\.ts$/.test(candidate) && !isTest(candidate),
  )) {
    for (const node of nodesIn(tree.syntax(path))) {
      const metric = metricAt(node, path);
      if (metric !== undefined) found.set(metric.name, metric);
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function metricAt(node: ts.Node, path: string): Metric | undefined {
  const kind = calledName(node);
  if (kind === undefined || !kinds.has(kind) || !ts.isCallExpression(node)) return undefined;
  const [options] = node.arguments;
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return undefined;
  const name = textOf(memberOf(options, 'name'));
  if (name === undefined) return undefined;
  const labels = memberOf(options, 'labelNames');
  return {
    name,
    kind,
    labels:
      labels !== undefined && ts.isArrayLiteralExpression(labels) ? labels.elements.map((e) => textOf(e) ?? '') : [],
    help: textOf(memberOf(options, 'help')) ?? '',
    source: path.split('/').slice(0, 2).join('/'),
  };
}

function memberOf(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const member = object.properties.find((property) => property.name?.getText() === name);
  if (member === undefined) return undefined;
  if (ts.isShorthandPropertyAssignment(member)) return constantNamed(name, member.getSourceFile());
  return ts.isPropertyAssignment(member) ? member.initializer : undefined;
}

function constantNamed(name: string, file: ts.SourceFile): ts.Expression | undefined {
  for (const node of nodesIn(file)) {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name) return node.initializer;
  }
  return undefined;
}

function textOf(expression: ts.Expression | undefined): string | undefined {
  return expression !== undefined && ts.isStringLiteralLike(expression) ? expression.text : undefined;
}

function row({ name, kind, labels, help, source }: Metric): string {
  const sentence = help.endsWith('.') ? help : `${help}.`;
  return `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${sentence} | ${source} |`;
}
