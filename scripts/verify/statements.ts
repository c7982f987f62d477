import type { startTestServer } from '@taskflow/kit-testing';
import { staleness } from '../reference/generated-file.ts';
import { describedStatements, NoServerError } from '../statements/described-statements.ts';
import type { StatementModule } from '../statements/statement-modules.ts';
import type { Step, CheckResult } from './step.ts';

export function judgeStatements(modules: readonly StatementModule[]): CheckResult {
  const found = modules.flatMap(({ file, problems }) => [...problems, (file && staleness(file)) ?? []].flat());
  const count = modules.reduce((sum, module) => sum + module.statements, 0);
  return { passed: found.length === 0, report: found.length === 0 ? `${count} statements` : found.join('\n') };
}

/** Where no server starts nothing was looked at, and that has not passed. */
export async function checkStatements(start?: typeof startTestServer): Promise<CheckResult> {
  try {
    return judgeStatements(await describedStatements(start));
  } catch (error) {
    if (error instanceof NoServerError) return { passed: false, report: error.message };
    throw error;
  }
}

export const statements: Step = { name: 'statements', run: () => checkStatements() };
