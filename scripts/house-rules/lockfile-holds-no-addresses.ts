import { lineRule } from './syntax.ts';

export const lockfileHoldsNoAddresses = lineRule({
  name: 'lockfile-holds-no-addresses',
  because: 'A download address in the lockfile ties every installation to the registry of whoever wrote it.',
  applies: (path) => path === 'package-lock.json',
  pattern: /"resolved": "https?:\/\/[^"]+/,
  message: () => 'a download address (npm config omit-lockfile-registry-resolved)',
});
