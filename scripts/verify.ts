// `npm run verify [-- <step> …]`: everything that is checked without running the program.

import { boundaries } from './verify/boundaries.ts';
import { documents } from './verify/documents.ts';
import { houseRulesStep } from './verify/house-rules-step.ts';
import { statements } from './verify/statements.ts';
import type { Step, CheckResult } from './verify/step.ts';
import { tool } from './verify/tool.ts';

const steps: readonly Step[] = [
  tool('format', 'biome', ['format', '--no-errors-on-unmatched', '.'], 'npx biome format --write .'),
  tool('lint', 'oxlint', ['--type-aware', '--deny-warnings']),
  tool('types', 'tsc', ['--project', '.']),
  boundaries,
  tool('dead code', 'knip', ['--no-progress', '--no-config-hints']),
  houseRulesStep,
  documents,
  statements,
];

const wanted = process.argv.slice(2);
const chosen = steps.filter((step) => wanted.length === 0 || wanted.some((name) => step.name.startsWith(name)));
if (chosen.length === 0) {
  console.error(`No such step. There are: ${steps.map((step) => step.name).join(', ')}`);
  process.exit(1);
}

const verdicts = await Promise.all(chosen.map(runStep));
const failed = verdicts.filter((passed) => !passed).length;
console.log(failed === 0 ? `\n${chosen.length} checks passed` : `\n${failed} of ${chosen.length} checks failed`);
process.exit(failed === 0 ? 0 : 1);

async function runStep(step: Step): Promise<boolean> {
  const begin = performance.now();
  const { passed, report } = await step.run().catch(brokenStep);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
  if (report.trim() !== '') console.log(report.trimEnd().replaceAll(/^/gm, '       '));
  return passed;
}

/** A check that cannot be carried out has not passed; the others still tell what they see. */
function brokenStep(error: unknown): CheckResult {
  return { passed: false, report: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
