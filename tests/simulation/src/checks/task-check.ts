import type { Change, Image } from './audit-reader.ts';

const finalStates = new Set<unknown>(['completed', 'failed', 'cancelled', 'skipped', 'compensated']);
/** A person has to look; nothing moves by itself. */
const restingStates = new Set<unknown>([...finalStates, 'compensation-stuck', 'stuck']);

/** A task or a workflow as it was parked. */
interface Parked {
  readonly image: Image;
  /** Names the intent that it was made for. */
  readonly tag: string;
}

/** Tasks and workflows as task-management holds them: one final state each, and no way back. */
export class TaskCheck {
  readonly tasks = new Map<string, Image>();
  readonly workflows = new Map<string, Image>();
  /** In the order of their making: number of the change, by task. */
  readonly createdAs = new Map<string, number>();
  /** Number of the change that completed it, by task. */
  readonly completedAs = new Map<string, number>();
  /** What task-execution was asked for, as `task/generation`: waits and fan-outs have rows and nobody runs them. */
  readonly asked = new Set<string>();
  /** What was stuck at some time, by id. */
  readonly parked = new Map<string, Parked>();
  /** Tasks whose ending could not be written. */
  readonly unwritten = new Set<string>();
  readonly #violate: (text: string) => void;

  constructor(violate: (text: string) => void) {
    this.#violate = violate;
  }

  see({ subject, change, before, after, n }: Change): void {
    if (subject === 'workflows') return this.#seeWorkflow(change, before, after);
    if (subject !== 'tasks') return;
    const id = String(after.id ?? before.id);
    if (change === 'delete') return this.#violate(`task ${id} was deleted`);
    if (change === 'insert') {
      this.createdAs.set(id, n);
      if (after.generation !== 1) this.#violate(`task ${id} began with generation ${after.generation}`);
    } else this.#judgeStep(id, before, after);
    if (after.status === 'queued') this.asked.add(`${id}/${after.generation}`);
    if (after.status === 'stuck') this.parked.set(id, { image: after, tag: tagOf(after).split('.')[0] as string });
    if (String(after.error).includes('not_applied')) this.unwritten.add(id);
    if (after.status === 'completed') this.completedAs.set(id, n);
    this.tasks.set(id, after);
  }

  get unfinished(): string[] {
    const open = (rows: Map<string, Image>) =>
      [...rows].filter(([, { status }]) => !restingStates.has(status)).map(([id, { status }]) => `${id} is ${status}`);
    return [...open(this.tasks), ...open(this.workflows)];
  }

  #judgeStep(id: string, before: Image, after: Image): void {
    const wasFinal = finalStates.has(before.status);
    const mayBeAskedAgain = wasFinal || before.status === 'stuck';
    if (after.generation === before.generation) {
      const changed = ['status', 'result', 'error', 'finished_at'].filter((name) => before[name] !== after[name]);
      if (wasFinal && changed.length > 0) {
        this.#violate(`task ${id} was ${before.status} and its ${changed.join()} changed (now ${after.status})`);
      }
      return;
    }
    const isNext = after.generation === Number(before.generation) + 1;
    if (!isNext || !mayBeAskedAgain || after.status !== 'queued') {
      this.#violate(
        `task ${id} went from ${before.status}/${before.generation} to ${after.status}/${after.generation}`,
      );
    }
  }

  #seeWorkflow(change: Change['change'], before: Image, after: Image): void {
    const id = String(after.id ?? before.id);
    if (change === 'delete') return this.#violate(`workflow ${id} was deleted`);
    if (change === 'update' && finalStates.has(before.status) && before.status !== after.status) {
      this.#violate(`workflow ${id} was ${before.status} and became ${after.status}`);
    }
    if (after.status === 'stuck') this.parked.set(id, { image: after, tag: String(after.name).replace('flow-', '') });
    this.workflows.set(id, after);
  }
}

/** Names the intent that a task was made for, and its place in a batch. */
export function tagOf({ options }: Image): string {
  const { tags } = JSON.parse(String(options ?? '{}')) as { tags?: Record<string, string> };
  return tags?.intent ?? '';
}
