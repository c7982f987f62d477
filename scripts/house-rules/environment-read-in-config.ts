import { dotted, isTest, syntaxRule } from './syntax.ts';

/** Places that hand an environment on to a child process, or run before any package is installed. */
const named = [
  'kit/config/',
  'kit/testing/',
  'clients/cli/src/environment.ts',
  'clients/sdk/src/environment.ts',
  'scripts/run.mjs',
  'scripts/bootstrap/',
];

export const environmentReadInConfig = syntaxRule({
  name: 'environment-read-in-config',
  because: 'A setting that is read somewhere else is neither validated, nor documented, nor refused at start.',
  applies: (path) => !isTest(path) && !named.some((place) => path.startsWith(place)),
  judge: (node) => (dotted(node) === 'process.env' ? 'process.env outside kit/config' : undefined),
});
