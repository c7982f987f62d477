import type { Intent } from '../workload/intent.ts';
import type { Image } from './audit-reader.ts';
import type { TaskCheck } from './task-check.ts';

/** What was parked is what was poisoned, and it says why. */
export function checkPoison(intents: readonly Intent[], held: TaskCheck): string[] {
  const poisoned = new Set(
    intents.filter(({ body }) => JSON.stringify(body).includes('"poison"')).map(({ number }) => `i${number}`),
  );
  return [...held.parked].flatMap(([id, { image, tag }]) => [
    ...(poisoned.has(tag) ? [] : [`${id} was parked, and nothing in it is poisonous`]),
    ...(codeOf(image) === 'not_applied' ? [] : [`${id} was parked without a reason`]),
  ]);
}

function codeOf({ stuck_error: ofWorkflow, error }: Image): unknown {
  const { code } = (JSON.parse(String(ofWorkflow ?? error ?? 'null')) ?? {}) as { code?: unknown };
  return code;
}
