import { setTimeout as pause } from 'node:timers/promises';
import type { HttpClient } from './http-client.ts';
import { payloadText } from './payload.ts';
import { readFinished, untilTasksFinished } from './progress.ts';

const batch = 500;
const bodies = 8;
const rampMs = 1_500;
/** The bound is on what is known to be unfinished, so what is known must not be old; looking costs the platform, too. */
const lookEveryMs = 25;

export interface BulkLoad {
  readonly seconds: number;
  readonly posters: number;
  /** Created and not yet completed, at most. */
  readonly maxOutstanding: number;
}

export interface BulkResult {
  readonly perSecond: number;
  /** All that were carried out, those before and after the window too. */
  readonly tasks: number;
}

/** Posts batches as long as few enough are unfinished, and counts what is completed in the window after the ramp. */
export async function bulkLoad(client: HttpClient, load: BulkLoad): Promise<BulkResult> {
  const ready = Array.from({ length: bodies }, batchBody);
  const start = await readFinished(client);
  let finished = start.tasks;
  let posted = 0;
  let running = true;

  const looking = (async () => {
    while (running) {
      finished = (await readFinished(client)).tasks;
      await pause(lookEveryMs);
    }
  })();
  const poster = async (): Promise<void> => {
    for (let turn = 0; running; turn += 1) {
      if (posted - (finished - start.tasks) + batch > load.maxOutstanding) {
        await pause(5);
        continue;
      }
      posted += batch;
      await client.post('/api/v1/tasks/batch', ready[turn % bodies] ?? '');
    }
  };
  const posting = Promise.all(Array.from({ length: load.posters }, poster));

  await pause(rampMs);
  const from = await readFinished(client);
  await pause(load.seconds * 1000);
  const to = await readFinished(client);
  running = false;
  await Promise.all([posting, looking]);
  await untilTasksFinished(client, start, posted);
  return { perSecond: ((to.tasks - from.tasks) / (to.atMs - from.atMs)) * 1000, tasks: posted };
}

function batchBody(): Buffer {
  const tasks = Array.from({ length: batch }, () => `{"type":"taskflow.noop","payload":${payloadText()}}`);
  return Buffer.from(`{"tasks":[${tasks.join(',')}]}`);
}
