import type { Change, Image } from './audit-reader.ts';

const finalStates = new Set<unknown>(['completed', 'failed', 'cancelled', 'skipped', 'compensated']);
/** A person has to look; nothing moves by itself. */
const restingStates = new Set<unknown>([...finalStates, 'compensation-stuck']);

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
    if (after.generation === before.generation) {
      const changed = ['status', 'result', 'error', 'finished_at'].filter((name) => before[name] !== after[name]);
      if (wasFinal && changed.length > 0) {
        this.#violate(`task ${id} was ${before.status} and its ${changed.join()} changed (now ${after.status})`);
      }
      return;
    }
    const isNext = after.generation === Number(before.generation) + 1;
    if (!isNext || !wasFinal || after.status !== 'queued') {
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
    this.workflows.set(id, after);
  }
}
