import type { SourceTree } from '../house-rules/source-tree.ts';

const span = /`([^`\n]+)`/g;
/** Metrics, error codes, columns; settings. What PostgreSQL names is not ours. */
const name = /(?<![\w.%-])(?:(?!pg_)[a-z][a-z0-9]*(?:_[a-z0-9]+)+|TASKFLOW_[A-Z0-9_]+)(?![\w-])/g;
const source = /\.(?:ts|mjs|sql)$/;

/** Names in the documents that stand nowhere in the code: of what was renamed or removed. */
export function staleNames(tree: SourceTree): string[] {
  const code = new Set<string>();
  for (const path of tree.paths.filter((one) => source.test(one))) {
    for (const [found] of tree.text(path).matchAll(/\w+/g)) code.add(found);
  }
  return tree.paths
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      namesIn(tree.text(path))
        .filter((found) => !code.has(found))
        .map((found) => `${path}: nothing in the code is named ${found}`),
    );
}

/** Blocks of code are examples. */
function namesIn(markdown: string): string[] {
  const prose = markdown.replace(/```[\s\S]*?```/g, '');
  const spans = [...prose.matchAll(span)].map(([, text = '']) => text);
  return [...new Set(spans.flatMap((text) => [...text.matchAll(name)].map(([found]) => found)))];
}
