import ts from 'typescript';
import { isExported, isTest, syntaxRule } from './syntax.ts';

const dependencies = /\w*Dependencies\b/;

export const factoriesAreNamedAlike = syntaxRule({
  name: 'factories-are-named-alike',
  because: 'What is given its dependencies and nothing else makes a thing: `createX(dependencies)`, in every service.',
  applies: (path) => /^(kit|(examples\/)?services)\/[^/]+\/src\//.test(path) && !isTest(path),
  judge(node) {
    if (!ts.isFunctionDeclaration(node) || !isExported(node)) return undefined;
    const [given, ...others] = node.parameters;
    const name = node.name?.text ?? '';
    if (given?.type === undefined || others.length > 0 || name.startsWith('create')) return undefined;
    return dependencies.test(given.type.getText()) ? `${name} makes something: call it create…` : undefined;
  },
});
