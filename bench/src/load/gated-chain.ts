import { createWorker, queue, task } from '@taskflow/sdk';
import type { HttpClient } from './http-client.ts';
import { startWorkflow, untilEnded } from './latency.ts';

/** One long chain that is held at gates, so that a stretch of it is measured with nothing of the rest beside it. */
export interface GatedChain {
  /** Lets it run to the next gate, and tells how long that took. */
  nextGate(): Promise<{ ms: number }>;
  /** Lets it run to its end. */
  end(): Promise<void>;
}

const gateType = 'bench.gate';
/** Apart from the queue of the other steps, which a worker takes whatever its definitions are. */
const gates = queue({ id: 'bench-gates' });

/** Gates stand before the first step, after the first tenth, before the last tenth and after the last step. */
export async function beginGatedChain(url: string, client: HttpClient, steps: number): Promise<GatedChain> {
  let arrived = Promise.withResolvers<void>();
  let released = Promise.withResolvers<void>();
  const gate = task({
    id: gateType,
    run: async () => {
      const { promise } = released;
      arrived.resolve();
      await promise;
      return null;
    },
  });
  const worker = createWorker({ url, definitions: [gate], name: 'bench-gates', queues: [gates], concurrency: 1 });
  const running = worker.run();
  await worker.ready();
  const id = await startWorkflow(client, body(steps));
  await arrived.promise;

  function release(): void {
    const held = released;
    [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    held.resolve();
  }

  return {
    async nextGate() {
      const begin = performance.now();
      release();
      await arrived.promise;
      return { ms: performance.now() - begin };
    },
    async end() {
      release();
      await untilEnded(client, id, 'completed');
      await worker.drain('5s');
      await running;
    },
  };
}

function body(steps: number): string {
  const keys: string[] = [];
  for (let n = 0; n < steps; n += 1) {
    if (n === 0 || n === steps / 10 || n === steps - steps / 10) keys.push(`gate-${n}`);
    keys.push(`s${n}`);
  }
  keys.push(`gate-${steps}`);
  const chain = keys.map((key, place) => ({
    key,
    ...(key.startsWith('gate') ? { type: gateType, queue: gates.id } : { type: 'taskflow.noop' }),
    dependsOn: place === 0 ? [] : [keys[place - 1]],
  }));
  return JSON.stringify({ name: 'bench-long-chain', steps: chain });
}
