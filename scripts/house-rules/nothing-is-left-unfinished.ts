import { lineRule } from './syntax.ts';

export const nothingIsLeftUnfinished = lineRule({
  name: 'nothing-is-left-unfinished',
  because: 'A mark for later is a defect that has been seen and shipped: leave the feature out and refuse it by name.',
  applies: (path) => /\.([cm]?[jt]sx?|sql|md)$/.test(path) && !path.startsWith('scripts/house-rules/'),
  pattern: /\b(TODO|FIXME|XXX|HACK)\b|\b[Nn]ot (yet )?implemented\b/,
  message: (match) => `left unfinished: ${match[0]}`,
});
