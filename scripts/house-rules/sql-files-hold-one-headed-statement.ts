import type { HouseRule, Violation } from './house-rule.ts';
import { isMigration, isSql, sqlCode, sqlHeader } from './sql-text.ts';

const shortestHeader = 20;

export const sqlFilesHoldOneHeadedStatement: HouseRule = {
  name: 'sql-files-hold-one-headed-statement',
  because: 'The header says purpose, parameters, result and the race that is closed: what the statement cannot say.',
  check: (tree) =>
    tree.paths.filter(isSql).flatMap((path) => {
      const text = tree.text(path);
      const found: Violation[] = [];
      if (sqlHeader(text).length < shortestHeader) {
        found.push({ path, line: 1, message: 'no header: begin with a comment on purpose, parameters and result' });
      }
      const statements = sqlCode(text)
        .split(';')
        .filter((part) => part.trim() !== '');
      if (!isMigration(path) && statements.length > 1) {
        found.push({ path, message: `${statements.length} statements in one file` });
      }
      return found;
    }),
};
