import { brokenLinks } from '../documents/broken-links.ts';
import { errorPageProblems } from '../documents/error-page.ts';
import { glossaryProblems } from '../documents/glossary.ts';
import { healthNameProblems } from '../documents/health-names.ts';
import { staleNames } from '../documents/stale-names.ts';
import { treeOnDisk } from '../house-rules/source-tree.ts';
import { allReferences } from '../reference/all-references.ts';
import { staleness } from '../reference/generated-file.ts';
import type { Step } from './step.ts';

export const documents: Step = {
  name: 'documents',
  async run() {
    const tree = treeOnDisk();
    const problems = [
      ...brokenLinks(tree),
      ...allReferences.flatMap((reference) => staleness(reference) ?? []),
      ...errorPageProblems(tree),
      ...glossaryProblems(tree),
      ...healthNameProblems(tree),
      ...staleNames(tree),
    ];
    return { passed: problems.length === 0, report: problems.join('\n') };
  },
};
