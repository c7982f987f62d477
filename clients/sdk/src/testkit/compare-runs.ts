import { inspect } from 'node:util';
import { TaskFlowError } from '../errors.ts';
import type { Checkpoint } from './platform-testing.ts';

export interface Outcome {
  readonly status: string;
  readonly output: unknown;
  /** The step that failed. Its error may differ: an attempt that died with its engine failed for that. */
  readonly failedStep: unknown;
  readonly observed: unknown;
}

export interface Run {
  readonly outcome: Outcome;
  readonly crashed: boolean;
  readonly writes: ReadonlyMap<string, number>;
  /** Handlers that ran more than once for one task. */
  readonly repeated: readonly string[];
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Throws where a run that was killed came to another end than the one that was not. */
export function compareRuns(whole: Run, run: Run, { pool, ordinal, moment }: Checkpoint): void {
  const differences = (Object.keys(whole.outcome) as (keyof Outcome)[])
    .filter((part) => comparable(whole.outcome[part]) !== comparable(run.outcome[part]))
    .map((part) => `${part}: ${shown(run.outcome[part])} instead of ${shown(whole.outcome[part])}`);
  if (differences.length === 0) return;
  const repeated =
    run.repeated.length === 0 ? '' : `\nhandlers that ran again for the same task: ${run.repeated.join(', ')}`;
  throw new TaskFlowError(
    'crash_unsafe',
    `killed ${moment} write ${ordinal} of ${pool}, the run came to another end:\n${differences.join('\n')}${repeated}`,
  );
}

/** As text, in which ids are numbered as they come: they are new in every run. */
function comparable(value: unknown): string {
  const seen = new Map<string, string>();
  const whole = { depth: null, sorted: true, maxArrayLength: null, maxStringLength: null, breakLength: Infinity };
  return inspect(value, whole).replaceAll(uuid, (id) => {
    const name = seen.get(id) ?? `id-${seen.size + 1}`;
    seen.set(id, name);
    return name;
  });
}

function shown(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: Number.POSITIVE_INFINITY });
}
