import { lineRule } from './syntax.ts';

const reported = [
  'as an ' + 'ai\\b',
  'language ' + 'model',
  'sub' + 'agent',
  'this ' + 'session',
  'per the ' + 'issue',
  'issue ' + '#?[0-9]+',
];

export const theProjectSpeaksOfItself = lineRule({
  name: 'the-project-speaks-of-itself',
  because: 'How a line came to be is history; the reader needs what holds now.',
  applies: (path) => /\.(md|[cm]?[jt]sx?|sql)$/.test(path),
  pattern: new RegExp(reported.join('|'), 'i'),
  message: (match) => `tells how the project was made: ${match[0]}`,
});
