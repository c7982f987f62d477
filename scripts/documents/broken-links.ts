import { dirname, join } from 'node:path/posix';
import type { SourceTree } from '../house-rules/source-tree.ts';

const link = /(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)/g;

/** Links of the repository's documents that lead to no file, or to no heading of it. */
export function brokenLinks(tree: SourceTree): string[] {
  const paths = new Set(tree.paths);
  const isThere = (path: string): boolean =>
    paths.has(path) || tree.paths.some((known) => known.startsWith(`${path}/`));
  const leads = (from: string, target: string): boolean => {
    const [path = '', anchor] = target.split('#');
    const to = path === '' ? from : join(dirname(from), path).replace(/\/$/, '');
    if (!isThere(to)) return false;
    return anchor === undefined || !to.endsWith('.md') || headings(tree.text(to)).has(anchor);
  };
  return tree.paths
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      linksOf(tree.text(path))
        .filter((target) => !leads(path, target))
        .map((target) => `${path}: the link ${target} leads nowhere`),
    );
}

/** Targets inside the repository; code blocks hold none. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...prose.matchAll(link)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Anchors as the common renderers make them from headings. */
function headings(markdown: string): Set<string> {
  const titles = [...markdown.replace(/```[\s\S]*?```/g, '').matchAll(/^#{1,6}\s+(.+)$/gm)].map(
    (match) => match[1] ?? '',
  );
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}
