import { houseRules } from '../house-rules/index.ts';
import { treeOnDisk } from '../house-rules/source-tree.ts';
import type { Step } from './step.ts';

export const houseRulesStep: Step = {
  name: 'house rules',
  async run() {
    const tree = treeOnDisk();
    const broken = houseRules
      .map((rule) => ({ rule, violations: rule.check(tree) }))
      .filter(({ violations }) => violations.length > 0);
    const report = broken.map(({ rule, violations }) => {
      const places = violations.map(({ path, line, message }) => {
        const place = line === undefined ? path : `${path}:${line}`;
        return `  ${place} ${message}`;
      });
      return [`${rule.name}: ${rule.because}`, ...places].join('\n');
    });
    return {
      passed: broken.length === 0,
      report: broken.length === 0 ? `${houseRules.length} rules, ${tree.paths.length} files` : report.join('\n'),
    };
  },
};
