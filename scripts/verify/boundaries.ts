import { join } from 'node:path';
import { repositoryRoot } from '../files/list-files.ts';
import type { Step, CheckResult } from './step.ts';
import { runTool } from './tool.ts';

const roots = ['contracts', 'kit', 'services', 'apps', 'clients', 'examples', 'bench', 'tests', 'scripts'];

/**
 * Fewer modules than this cannot be this repository. With a TypeScript that it does not know, the cruiser sees
 * none, finds nothing wrong and exits with 0; the count is what tells a clean tree from a blind check.
 */
export const fewestModules = 500;

export interface Cruise {
  /** Modules of the repository itself, packages apart. */
  readonly modules: number;
  readonly violations: readonly { rule: string; from: string; to: string }[];
}

/** Looks at every import below `directory`, which may be a copy with something planted in it. */
export async function cruise(directory: string = repositoryRoot): Promise<Cruise> {
  const config = join(repositoryRoot, '.dependency-cruiser.cjs');
  const args = ['--config', config, '--output-type', 'json', ...roots];
  const { output } = await runTool('depcruise', args, directory);
  const { modules, summary } = parseOutput(output);
  return {
    modules: modules.filter(({ source }) => roots.some((root) => source.startsWith(`${root}/`))).length,
    violations: summary.violations.map((violation) => ({
      rule: violation.rule.name,
      from: violation.from,
      to: violation.to,
    })),
  };
}

interface CruiserOutput {
  modules: { source: string }[];
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
}

function parseOutput(output: string): CruiserOutput {
  try {
    return JSON.parse(output) as CruiserOutput;
  } catch (error) {
    throw new Error(`dependency-cruiser gave no JSON:\n${output}`, { cause: error });
  }
}

export function judgeCruise({ modules, violations }: Cruise): CheckResult {
  const lines = violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`);
  if (modules < fewestModules) {
    lines.push(`only ${modules} modules seen, fewer than ${fewestModules}: the check is blind`);
  }
  return { passed: lines.length === 0, report: lines.length === 0 ? `${modules} modules` : lines.join('\n') };
}

export const boundaries: Step = { name: 'boundaries', run: async () => judgeCruise(await cruise()) };
