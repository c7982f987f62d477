import type { SourceTree } from './source-tree.ts';

/** The files of each service, by its folder and relative to it. Examples are services, too: others copy them. */
export function pathsOfServices(tree: SourceTree): Map<string, string[]> {
  const services = new Map<string, string[]>();
  for (const path of tree.paths) {
    const root = /^(?:examples\/)?services\/[^/]+\//.exec(path)?.[0];
    if (root === undefined) continue;
    const own = services.get(root) ?? [];
    own.push(path.slice(root.length));
    services.set(root, own);
  }
  return services;
}
