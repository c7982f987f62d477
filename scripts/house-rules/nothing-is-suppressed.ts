import { lineRule } from './syntax.ts';

export const nothingIsSuppressed = lineRule({
  name: 'nothing-is-suppressed',
  because: 'A silenced check is a rule with a hole that nobody sees from outside.',
  applies: (path) =>
    /\.([cm]?[jt]sx?)$/.test(path) && !path.endsWith('.test-d.ts') && !path.startsWith('scripts/house-rules/'),
  pattern: /@ts-(ignore|expect-error|nocheck)|(oxlint|eslint)-disable|biome-ignore/,
  message: (match) => `suppressed: ${match[0]}`,
});
