import { brokenLinks } from '../documents/broken-links.ts';
import { treeOnDisk } from '../house-rules/source-tree.ts';
import type { Step } from './step.ts';

export const documents: Step = {
  name: 'documents',
  async run() {
    const tree = treeOnDisk();
    const problems = brokenLinks(tree);
    return { passed: problems.length === 0, report: problems.join('\n') };
  },
};
