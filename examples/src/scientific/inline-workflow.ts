import type { RecordedWorkflow } from './wf-format.ts';

export interface SleepStep {
  readonly key: string;
  readonly type: 'taskflow.sleep';
  readonly payload: { readonly ms: number };
  readonly dependsOn: readonly string[];
}

/** Each recorded task as a step that sleeps for its runtime divided by `speed`. */
export function sleepSteps({ steps }: RecordedWorkflow, speed: number): SleepStep[] {
  const keys = stepKeys(steps.map(({ id }) => id));
  return steps.map(({ id, parents, runtimeInSeconds }) => ({
    key: keyOf(keys, id),
    type: 'taskflow.sleep',
    payload: { ms: Math.round((runtimeInSeconds * 1_000) / speed) },
    dependsOn: parents.map((parent) => keyOf(keys, parent)),
  }));
}

/** The longest chain of sleeps, in milliseconds: no number of workers can be faster. */
export function criticalPathMs(steps: readonly SleepStep[]): number {
  const byKey = new Map(steps.map((step) => [step.key, step]));
  const ends = new Map<string, number>();
  // Depth-first with a stack of its own: a chain of thousands must not use up the call stack.
  for (const { key } of steps) {
    const stack = [key];
    while (stack.length > 0) {
      const top = stack.at(-1) ?? '';
      const step = byKey.get(top);
      const open = step?.dependsOn.filter((needed) => !ends.has(needed)) ?? [];
      if (open.length > 0 && stack.length <= steps.length) {
        stack.push(...open.slice(0, 1));
        continue;
      }
      const begin = Math.max(0, ...(step?.dependsOn ?? []).map((needed) => ends.get(needed) ?? 0));
      ends.set(top, begin + (step?.payload.ms ?? 0));
      stack.pop();
    }
  }
  return Math.max(0, ...ends.values());
}

/** A step key holds fewer characters than a recorded id, so ids that become equal get a number. */
function stepKeys(ids: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    ids.map((id) => {
      const plain = id
        .replaceAll(/[^A-Za-z0-9_-]/g, '_')
        .replace(/^[^A-Za-z0-9]/, 't')
        .slice(0, 180);
      let key = plain;
      for (let number = 2; taken.has(key); number++) key = `${plain}-${number}`;
      taken.add(key);
      return [id, key];
    }),
  );
}

function keyOf(keys: ReadonlyMap<string, string>, id: string): string {
  const key = keys.get(id);
  if (key === undefined) throw new TypeError(`the task ${id} is named as a parent and does not stand in the file`);
  return key;
}
