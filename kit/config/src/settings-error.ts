export interface SettingProblem {
  /** Name of the setting. */
  name: string;
  /** What is wrong, with the value unless it is secret. */
  what: string;
  why: string;
  /** What to do. */
  fix: string;
}

/** Every wrong setting at once: nobody should have to start a program five times to learn five mistakes. */
export class SettingsError extends Error {
  readonly code = 'invalid_settings';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
    super(`${count} wrong:\n${problems.map(paragraph).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

function paragraph({ name, what, why, fix }: SettingProblem): string {
  return `  ${name}: ${what}\n    Why: ${why}\n    Fix: ${fix}`;
}
