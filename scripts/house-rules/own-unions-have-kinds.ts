import ts from 'typescript';
import { syntaxRule } from './syntax.ts';

/** Contracts, and what speaks the protocol of PostgreSQL, are left aside: there others have given the names. */
export const ownUnionsHaveKinds = syntaxRule({
  name: 'own-unions-have-kinds',
  because: '`type` is the type of a task and the name of an event; read as a discriminator it is mistaken for them.',
  applies: (path) =>
    /^(services|kit|clients)\/[^/]+\/(src|testing)\//.test(path) && !/\.generated\.|\/describing\//.test(path),
  judge(node) {
    if (!ts.isPropertySignature(node) || node.name.getText() !== 'type') return undefined;
    return isOfTexts(node.type) ? `${node.getText()} tells members of a union apart: call it kind` : undefined;
  },
});

/** Whether a type is one text, or one of several. */
function isOfTexts(type: ts.TypeNode | undefined): boolean {
  if (type === undefined) return false;
  if (ts.isUnionTypeNode(type)) return type.types.every(isOfTexts);
  return ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal);
}
