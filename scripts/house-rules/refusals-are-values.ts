import ts from 'typescript';
import { isTest, syntaxRule } from './syntax.ts';

const layer = /^(?:examples\/)?services\/[^/]+\/src\/(domain|application)\//;

export const refusalsAreValues = syntaxRule({
  name: 'refusals-are-values',
  because: 'An expected refusal belongs into the return type, where the compiler makes the caller answer it.',
  applies: (path) => layer.test(path) && !isTest(path),
  judge(node) {
    if (!ts.isThrowStatement(node) || !ts.isNewExpression(node.expression)) return undefined;
    return node.expression.expression.getText() === 'Error' ? 'throw new Error in domain or application' : undefined;
  },
});
