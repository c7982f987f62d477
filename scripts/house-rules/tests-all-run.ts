import ts from 'typescript';
import { syntaxRule } from './syntax.ts';

const runners = new Set(['test', 'it', 'describe', 'suite', 't']);
const switches = new Set(['only', 'skip', 'todo']);

export const testsAllRun = syntaxRule({
  name: 'tests-all-run',
  because: 'A test that is switched off or that switches the others off guards nothing, and looks as if it did.',
  applies: (path) => path.endsWith('.test.ts'),
  judge(node) {
    if (ts.isPropertyAccessExpression(node) && switches.has(node.name.text)) {
      const [base] = node.expression.getText().split(/[.(]/);
      return base !== undefined && runners.has(base) ? `.${node.name.text} on a test` : undefined;
    }
    if (ts.isPropertyAssignment(node) && switches.has(node.name.getText()) && isOptionOfTest(node)) {
      return `the option ${node.name.getText()} on a test`;
    }
    return undefined;
  },
});

function isOptionOfTest(property: ts.PropertyAssignment): boolean {
  const call = property.parent.parent;
  return ts.isCallExpression(call) && ts.isIdentifier(call.expression) && runners.has(call.expression.text);
}
