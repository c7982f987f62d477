import { randomUUID } from 'node:crypto';
import { systemClock } from '@taskflow/kit-time';
import type { CreateTask, TaskBody } from '@taskflow/tests-e2e';
import type { History } from './history.ts';

export interface Ask {
  readonly key: string;
  readonly body: CreateTask;
  /** Known as soon as one answer said so. */
  taskId?: string;
}

/** Every so manyth creation comes without a key: what is unknown of it stays unknown, and only the server can be right. */
const keylessEvery = 4;

const pauseAfterTroubleMs = 50;

/**
 * Callers that create one task after the other, each under a key of its own. A caller whose answer is unknown asks
 * again with the same key, as a careful client does, until it knows or is told to stop.
 */
export function startCreateLoad(history: History, callers: number, makeTask: (n: number) => CreateTask) {
  const asks: Ask[] = [];
  const keyless: string[] = [];
  let keylessUnknown = 0;
  const stopping = new AbortController();

  async function ask(one: Ask): Promise<void> {
    const headers = { 'idempotency-key': one.key };
    const { answer, operation } = await history.call<TaskBody>('POST', '/api/v1/tasks', { body: one.body, headers });
    if (operation.outcome === 'ok') one.taskId = answer?.body.id;
    else await systemClock.sleep(pauseAfterTroubleMs);
  }

  async function askOnce(body: CreateTask): Promise<void> {
    const { answer, operation } = await history.call<TaskBody>('POST', '/api/v1/tasks', { body });
    if (operation.outcome === 'ok' && answer !== undefined) keyless.push(answer.body.id);
    else {
      keylessUnknown += 1;
      await systemClock.sleep(pauseAfterTroubleMs);
    }
  }

  async function caller(): Promise<void> {
    for (let turn = 0; !stopping.signal.aborted; turn++) {
      if (turn % keylessEvery === 0) {
        await askOnce(makeTask(asks.length));
        continue;
      }
      const one: Ask = { key: randomUUID(), body: makeTask(asks.length) };
      asks.push(one);
      while (one.taskId === undefined && !stopping.signal.aborted) await ask(one);
    }
  }

  const running = Array.from({ length: callers }, caller);
  return {
    asks,
    /** Tasks whose creation was answered with a 2xx, with a key and without. */
    accepted: () => [...asks.flatMap(({ taskId }) => taskId ?? []), ...keyless],
    /** Most creations without a key that may have happened all the same although nobody was told. */
    onStaleBacklog: () => keylessUnknown,
    /** Keys that were answered with a task: in the end each with one of its own. */
    kept: () => new Set(asks.flatMap(({ taskId }) => taskId ?? [])).size,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
    /** After the fault: every creation with an unknown end is asked for again, until each is known. */
    async resolveUnknown() {
      while (asks.some(({ taskId }) => taskId === undefined)) {
        await Promise.all(asks.filter(({ taskId }) => taskId === undefined).map(ask));
      }
    },
  };
}

export type CreateLoad = ReturnType<typeof startCreateLoad>;
