import ts from 'typescript';
import { syntaxRule } from './syntax.ts';

/** A constructor has no name to hide by: `private` before it leaves the making to the class itself. */
export const membersHideByName = syntaxRule({
  name: 'members-hide-by-name',
  because: 'A `#name` is out of reach when the program runs, too; `private` is a second word that ends with the types.',
  applies: (path) => path.endsWith('.ts'),
  judge(node) {
    if (node.kind !== ts.SyntaxKind.PrivateKeyword && node.kind !== ts.SyntaxKind.ProtectedKeyword) return undefined;
    if (ts.isConstructorDeclaration(node.parent)) return undefined;
    return `${node.getText()}: name the member #…`;
  },
});
