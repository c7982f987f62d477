import ts from 'typescript';
import { calledName, importedModule, syntaxRule } from './syntax.ts';

const sleeps = new Set(['setTimeout', 'setInterval', 'sleep', 'delay', 'wait']);
/** The clock's own tests call the method that they test. */
const named = ['kit/time/', 'kit/testing/'];

export const testsNeverSleep = syntaxRule({
  name: 'tests-never-sleep',
  because: 'A pause is too short on a loaded machine and too long on every other: wait for the thing itself.',
  applies: (path) => path.endsWith('.test.ts') && !named.some((place) => path.startsWith(place)),
  judge(node) {
    if (importedModule(node)?.startsWith('node:timers'))
      return 'timers in a test: wait for a signal or use eventually()';
    const call = calledName(node);
    return call !== undefined && sleeps.has(call) && !drawsStep(node)
      ? `${call}() in a test: wait for a signal or use eventually()`
      : undefined;
  },
});

/** A step of a workflow that sleeps begins with its name, a pause with its length. */
function drawsStep(node: ts.Node): boolean {
  if (!ts.isCallExpression(node)) return false;
  const [first] = node.arguments;
  return first !== undefined && ts.isStringLiteral(first) && !/^[\d.]/.test(first.text);
}
