import { randomUUID } from 'node:crypto';
import { migrate } from '@taskflow/kit-postgres';
import { describeStatements } from '@taskflow/kit-postgres/describing';
import { ensureDatabase } from '@taskflow/kit-postgres/embedded';
import type { GeneratedFile } from '../reference/generated-file.ts';
import { entryOf, renderModule } from './render-module.ts';
import { modulePath, queryPath, type StatementFolder, statementsIn } from './statement-folder.ts';

export const statementsCommand = 'npm run statements';

export interface StatementModule {
  readonly file: GeneratedFile;
  readonly statements: number;
  /** Where a statement does not fit its schema, and why. What they are about is missing from the file. */
  readonly problems: readonly string[];
}

/** Describes the statements of a folder in a new database of the server, to which its migrations were applied. */
export async function statementModule(serverUrl: string, folder: StatementFolder): Promise<StatementModule> {
  const url = await migratedDatabase(serverUrl, folder);
  const statements = statementsIn(folder);
  const { shapes, problems } = await describeStatements(url, statements);
  const told = problems.map(({ statement, line, message }) => {
    return `${queryPath(folder, statement)}${line === undefined ? '' : `:${line}`} ${message}`;
  });
  const sayable = new Map(shapes);
  for (const [name, shape] of shapes) {
    try {
      entryOf(name, shape);
    } catch (error) {
      sayable.delete(name);
      told.push(`${queryPath(folder, name)} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const file = { path: modulePath(folder), render: () => renderModule(sayable), command: statementsCommand };
  return { file, statements: statements.length, problems: told };
}

async function migratedDatabase(serverUrl: string, { migrations }: StatementFolder): Promise<string> {
  const name = `statements_${randomUUID().slice(0, 8)}`;
  await ensureDatabase(serverUrl, name);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await migrate({ url: url.href, lines: migrations });
  return url.href;
}
