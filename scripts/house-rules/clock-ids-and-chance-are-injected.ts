import ts from 'typescript';
import { calledName, dotted, isTest, syntaxRule } from './syntax.ts';

const ambient = new Set(['Date.now', 'Math.random', 'performance.now', 'process.hrtime', 'crypto.randomUUID']);
const ambientCalls = new Set(['randomUUID', 'randomBytes', 'uuidv7', 'setTimeout', 'setInterval']);
const ambientPorts = new Set(['systemClock', 'systemIds', 'systemRandom']);

const pureLayer = /^(?:examples\/)?services\/[^/]+\/src\/(domain|application)\//;

export const clockIdsAndChanceAreInjected = syntaxRule({
  name: 'clock-ids-and-chance-are-injected',
  because: 'A rule that reads the clock or rolls dice by itself cannot be replayed, and no test can hold it still.',
  applies: (path) => pureLayer.test(path) && !isTest(path),
  judge(node) {
    const name = dotted(node);
    if (name !== undefined && ambient.has(name)) return `${name} in domain or application`;
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) {
      return 'new Date() in domain or application';
    }
    const call = calledName(node);
    if (call !== undefined && ambientCalls.has(call)) return `${call}() in domain or application`;
    if (ts.isIdentifier(node) && ambientPorts.has(node.text)) return `${node.text} named in domain or application`;
    return undefined;
  },
});
