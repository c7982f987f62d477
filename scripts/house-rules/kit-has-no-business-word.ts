import ts from 'typescript';
import type { HouseRule } from './house-rule.ts';
import { isExported, isTest, lineOf } from './syntax.ts';

const business = /(task|workflow|attempt|lease|schedule|saga)/i;
/** The product's own name, and words that only contain one. */
const harmless = /taskflow|release|please/gi;

export const kitHasNoBusinessWord: HouseRule = {
  name: 'kit-has-no-business-word',
  because: 'Kit that knows tasks cannot be reused by the service that does not, and drags its change along.',
  check: (tree) =>
    tree.paths
      .filter((path) => /^kit\/.*\.ts$/.test(path) && !isTest(path))
      .flatMap((path) =>
        exportedNames(tree.syntax(path))
          .filter(({ name }) => business.test(name.replaceAll(harmless, '')))
          .map(({ name, node }) => ({ path, line: lineOf(node), message: `exports the business word ${name}` })),
      ),
};

function exportedNames(file: ts.SourceFile): { name: string; node: ts.Node }[] {
  return file.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      if (clause === undefined || !ts.isNamedExports(clause)) return [];
      return clause.elements.map((element) => ({ name: element.name.text, node: element }));
    }
    return isExported(statement) ? declaredNames(statement) : [];
  });
}

function declaredNames(statement: ts.Statement): { name: string; node: ts.Node }[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => ({
      name: declaration.name.getText(),
      node: declaration,
    }));
  }
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return named && statement.name !== undefined ? [{ name: statement.name.text, node: statement }] : [];
}
