import { randomUUID } from 'node:crypto';
import { migrate } from '@taskflow/kit-postgres';
import { describeStatements, type StatementShape } from '@taskflow/kit-postgres/describing';
import { ensureDatabase } from '@taskflow/kit-postgres/embedded';
import type { GeneratedFile } from '../reference/generated-file.ts';
import { entryOf, renderModule, UnknownTypeError } from './render-module.ts';
import { modulePath, queryPath, type StatementFolder, statementsIn } from './statement-folder.ts';

const statementsCommand = 'npm run statements';

export interface StatementModule {
  readonly file: GeneratedFile | undefined;
  readonly statements: number;
  /** Where a statement does not fit its schema, and why. What they are about is missing from the file. */
  readonly problems: readonly string[];
}

/** Describes the statements of a folder in a new database of the server, to which its migrations were applied. */
export async function statementModule(serverUrl: string, folder: StatementFolder): Promise<StatementModule> {
  const url = await migratedDatabase(serverUrl, folder);
  const statements = statementsIn(folder);
  const { shapes, problems } = await describeStatements(url, statements);
  const reported = problems.map(({ statement, line, message }) => {
    return `${queryPath(folder, statement)}${line === undefined ? '' : `:${line}`} ${message}`;
  });
  if (folder.hasNoModule === true) return { file: undefined, statements: statements.length, problems: reported };
  const sayable = new Map(shapes);
  for (const [name, shape] of shapes) {
    const problem = unsayable(name, shape);
    if (problem === undefined) continue;
    sayable.delete(name);
    reported.push(`${queryPath(folder, name)} ${problem}`);
  }
  const file = { path: modulePath(folder), render: () => renderModule(sayable), command: statementsCommand };
  return { file, statements: statements.length, problems: reported };
}

function unsayable(name: string, shape: StatementShape): string | undefined {
  try {
    entryOf(name, shape);
    return undefined;
  } catch (error) {
    if (error instanceof UnknownTypeError) return error.message;
    throw error;
  }
}

async function migratedDatabase(serverUrl: string, { migrations }: StatementFolder): Promise<string> {
  const name = `statements_${randomUUID().slice(0, 8)}`;
  await ensureDatabase(serverUrl, name);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await migrate({ url: url.href, lines: migrations });
  return url.href;
}
