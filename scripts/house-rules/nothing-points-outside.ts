import { lineRule } from './syntax.ts';

/** A home or build machine's path, a folder beside the repository, or the address of a package registry. */
const outside =
  /(?<![\w.])\/(work|farm|root|home\/\w+|Users\/\w+)\/|\.\.\/shared\b|registry\.npmjs\.org|registry\.yarnpkg\.com/;

export const nothingPointsOutside = lineRule({
  name: 'nothing-points-outside',
  because: 'The repository must mean the same on every machine; a path of one machine means nothing on the next.',
  applies: (path) => !path.endsWith('.png') && path !== 'package-lock.json',
  pattern: outside,
  message: (match) => `points outside the repository: ${match[0]}`,
});
