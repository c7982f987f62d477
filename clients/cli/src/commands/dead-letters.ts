import type { http } from '@taskflow/contracts-task-execution';
import type { CommandContext } from '../command-context.ts';
import { age, queryOf } from './list-query.ts';

export interface ListDeadLettersOptions {
  readonly queue?: string;
  readonly type?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export async function listDeadLetters(context: CommandContext, filters: ListDeadLettersOptions): Promise<void> {
  const { api, terminal } = context;
  const path = `/api/v1/dead-letters${queryOf({ ...filters })}`;
  const { items, nextCursor } = await api.request<{
    readonly items: readonly http.DeadLetterBody[];
    readonly nextCursor: string | null;
  }>({ method: 'GET', path });
  terminal.list(
    items,
    [
      { title: 'ID', value: (letter) => letter.id },
      { title: 'TASK', value: (letter) => letter.taskId },
      { title: 'TYPE', value: (letter) => letter.type },
      { title: 'REASON', value: (letter) => letter.reason },
      { title: 'ATTEMPTS', value: (letter) => String(letter.attempts) },
      { title: 'ERROR', value: (letter) => `${letter.error.code}: ${letter.error.message}` },
      { title: 'AGE', value: (letter) => age(letter.at) },
    ],
    (letter) => letter.id,
  );
  if (nextCursor !== null) terminal.note(`more: --cursor ${nextCursor}`);
}
