import ts from 'typescript';
import { isTest, syntaxRule } from './syntax.ts';

const statement =
  /\b(select\s[\s\S]*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|(create|alter|drop|truncate)\s+(unlogged\s+)?(table|index|view|function|role|schema|type|sequence)\b)/i;

/** A test's own question to the database stands beside what it asserts. */
const exempt = (path: string): boolean => isTest(path) || path.startsWith('scripts/house-rules/');

export const sqlOnlyInSqlFiles = syntaxRule({
  name: 'sql-only-in-sql-files',
  because: 'SQL in its own file can be read, explained and tried against a server; in a string it can only be run.',
  applies: (path) => !exempt(path),
  judge(node) {
    if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return undefined;
    return statement.test(node.getText()) ? 'SQL in a string: move the statement to a .sql file' : undefined;
  },
});
