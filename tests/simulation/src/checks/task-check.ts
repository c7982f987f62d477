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
  /** Number of the change that completed it first, by task. */
  readonly completedAs = new Map<string, number>();
  /** What it came to, by task: once for each generation that completed, and again when it was parked meanwhile. */
  readonly results = new Map<string, (string | number | boolean | null)[]>();
  /** Workflows that had ended and ran again. */
  readonly revived = new Set<string>();
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
    if (after.status === 'completed' && !this.completedAs.has(id)) this.completedAs.set(id, n);
    if (after.status === 'completed') this.results.set(id, [...(this.results.get(id) ?? []), after.result ?? null]);
    this.tasks.set(id, after);
  }

  get unfinished(): string[] {
    const open = (rows: Map<string, Image>) =>
      [...rows].filter(([id, row]) => !this.#rests(id, row)).map(([id, { status }]) => `${id} is ${status}`);
    return [...open(this.tasks), ...open(this.workflows)];
  }

  /**
   * What nobody runs rests with a workflow that is stuck, because what came for it is kept; and where a retry came to an
   * end before it came to a step.
   */
  #rests(id: string, { status, workflow_id: workflow, generation }: Image): boolean {
    if (restingStates.has(status)) return true;
    if (this.asked.has(`${id}/${generation}`)) return false;
    const { status: ofWorkflow } = this.workflows.get(String(workflow)) ?? {};
    return ofWorkflow === 'stuck' || (status === 'blocked' && Number(generation) > 1 && restingStates.has(ofWorkflow));
  }

  #judgeStep(id: string, before: Image, after: Image): void {
    const wasFinal = finalStates.has(before.status);
    const isStep = after.workflow_id !== null;
    const mayBeAskedAgain = wasFinal || before.status === 'stuck' || (isStep && before.status === 'blocked');
    if (after.generation === before.generation) {
      const changed = ['status', 'result', 'error', 'finished_at'].filter((name) => before[name] !== after[name]);
      if (wasFinal && changed.length > 0) {
        this.#violate(`task ${id} was ${before.status} and its ${changed.join()} changed (now ${after.status})`);
      }
      return;
    }
    const isNext = after.generation === Number(before.generation) + 1;
    // A retry of a workflow resets its steps first, and starts each when its turn comes.
    const isAsked = after.status === 'queued' || (isStep && after.status === 'blocked');
    if (!isNext || !mayBeAskedAgain || !isAsked) {
      this.#violate(
        `task ${id} went from ${before.status}/${before.generation} to ${after.status}/${after.generation}`,
      );
    }
  }

  #seeWorkflow(change: Change['change'], before: Image, after: Image): void {
    const id = String(after.id ?? before.id);
    if (change === 'delete') return this.#violate(`workflow ${id} was deleted`);
    if (change === 'update' && restingStates.has(before.status) && before.status !== after.status)
      this.#judgeRevival(id, before, after);
    if (after.status === 'stuck') this.parked.set(id, { image: after, tag: String(after.name).replace('flow-', '') });
    this.workflows.set(id, after);
  }
  /** Whatever ended without completing may run again; whether somebody asked for it is judged at rest. */
  #judgeRevival(id: string, before: Image, after: Image): void {
    if (before.status === 'stuck') return;
    if (before.status === 'completed') this.#violate(`workflow ${id} was completed and became ${after.status}`);
    this.revived.add(id);
  }
}

/** Names the intent that a task was made for, and its place in a batch. */
export function tagOf({ options }: Image): string {
  const { tags } = JSON.parse(String(options ?? '{}')) as { tags?: Record<string, string> };
  return tags?.intent ?? '';
}
