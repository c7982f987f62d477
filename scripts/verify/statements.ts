import { staleness } from '../reference/generated-file.ts';
import { describedServices, NoServerError } from '../statements/described-services.ts';
import type { Step, Verdict } from './step.ts';

export const statements: Step = {
  name: 'statements',
  async run(): Promise<Verdict> {
    try {
      const modules = await describedServices();
      const found = modules.flatMap(({ file, problems }) => [...problems, staleness(file) ?? []].flat());
      const count = modules.reduce((sum, module) => sum + module.statements, 0);
      return { passed: found.length === 0, report: found.length === 0 ? `${count} statements` : found.join('\n') };
    } catch (error) {
      if (error instanceof NoServerError) return { passed: false, report: error.message };
      throw error;
    }
  },
};
