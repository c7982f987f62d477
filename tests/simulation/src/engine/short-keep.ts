import type { Statement } from '@taskflow/kit-postgres';

/** Longer than a commit in doubt is held, and far shorter than a run: pruning is met. */
const keepMs = 4_000;

/** Entries that were acknowledged are kept for seconds instead of minutes. */
export function shortKeep(name: string, statement: Statement): Statement {
  if (name !== 'outbox-prune') return statement;
  const text = statement.text.replaceAll('$3::float8', `least($3::float8, ${keepMs})`);
  if (text === statement.text) throw new Error('outbox-prune keeps nothing for a time any more');
  return { name: `short_${statement.name}`, text };
}
