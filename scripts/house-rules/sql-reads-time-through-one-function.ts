import type { HouseRule } from './house-rule.ts';
import { isSql, sqlCode } from './sql-text.ts';

const clocks =
  /\b(now\s*\(|clock_timestamp\s*\(|statement_timestamp\s*\(|transaction_timestamp\s*\(|timeofday\s*\(|current_timestamp\b|current_date\b|current_time\b|localtimestamp\b|localtime\b)/i;
/** Where taskflow_now() itself is made, and the ledger of migrations that runs before it exists. */
const named = /^kit\/postgres\/(migrations|src)\//;

export const sqlReadsTimeThroughOneFunction: HouseRule = {
  name: 'sql-reads-time-through-one-function',
  because: 'taskflow_now() carries the offset by which a test moves time; a statement with its own clock stays behind.',
  check: (tree) =>
    tree.paths
      .filter((path) => isSql(path) && !named.test(path))
      .flatMap((path) =>
        sqlCode(tree.text(path))
          .split('\n')
          .flatMap((line, index) => {
            const clock = clocks.exec(line.replaceAll(/\btaskflow_now\s*\(/gi, ''));
            return clock === null ? [] : [{ path, line: index + 1, message: `${clock[0].trim()} reads the clock` }];
          }),
      ),
};
