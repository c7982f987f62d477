import type { Kernel } from '../kernel/kernel.ts';
import type { Client } from './client.ts';
import type { Intent } from './intent.ts';
import { perhapsPoisonedTask, perhapsPoisonedWorkflow, type PoisonOptions } from './poison.ts';
import { ordersFor, taskTypes } from './orders.ts';
import { childDefinition, signalName, workflowBody, type WorkflowOptions } from './workflow-shapes.ts';

export interface TrafficOptions extends WorkflowOptions {
  readonly kernel: Kernel;
  readonly client: Client;
  /** Workflows among what is made. */
  readonly workflowShare: number;
  /** Things to make. */
  readonly intents: number;
  /** Virtual milliseconds over which they come. */
  readonly forMs: number;
  readonly poison: PoisonOptions;
  /** Commands to workflows to run again, most of which have ended by then. */
  readonly retries: number;
}

const queues = ['hot', 'hot', 'hot', 'cold'] as const;

/** Lets clients want things: mostly of one hot queue, some at the same moment, and commands that race with what runs. */
export function startTraffic(options: TrafficOptions): void {
  const { kernel, chance, intents, forMs } = options;
  // A client that hears nothing asks again; the same definition under the same version is no change.
  for (const ms of [5, 300, 900]) {
    kernel.after(ms, undefined, '', () => options.client.operate('/api/v1/workflow-definitions', childDefinition));
  }
  let burstAt = 0;
  for (let i = 0; i < intents; i += 1) {
    if (!chance.happens(0.4)) burstAt = chance.between(0, forMs);
    kernel.after(burstAt, undefined, '', () => make(options));
  }
  const commands = Math.ceil(intents * 1.2);
  for (let i = 0; i < commands; i += 1)
    kernel.after(chance.between(50, forMs + 3_000), undefined, '', () => command(options));
  for (let i = 0; i < chance.between(0, 2); i += 1) operate(options);
  for (let i = 0; i < options.retries; i += 1)
    kernel.after(chance.between(forMs / 3, forMs + 3_000), undefined, '', () => retry(options));
}

function make(options: TrafficOptions): void {
  const { chance, client } = options;
  const number = client.intents.length + 1;
  const key = chance.happens(0.8) ? `key-${number}` : undefined;
  if (chance.happens(options.workflowShare)) {
    client.make({ what: 'workflow', key, path: '/api/v1/workflows', count: 1 }, (tag) =>
      perhapsPoisonedWorkflow(workflowBody(tag, options), options.poison),
    );
  } else if (chance.happens(0.2)) {
    const count = chance.between(2, 5);
    client.make({ what: 'batch', key, path: '/api/v1/tasks/batch', count }, (tag) => ({
      tasks: Array.from({ length: count }, (_, place) => taskBody(`${tag}.${place}`, options)),
    }));
  } else client.make({ what: 'task', key, path: '/api/v1/tasks', count: 1 }, (tag) => taskBody(tag, options));
}

function taskBody(tag: string, options: TrafficOptions): Record<string, unknown> {
  const { chance } = options;
  const timeout = chance.happens(0.08) ? { timeout: { attempt: chance.between(300, 3_000) } } : {};
  const body = {
    type: chance.pick(taskTypes),
    queue: chance.pick(queues),
    priority: chance.pick([300, 500, 500, 700]),
    payload: ordersFor(options),
    retry: { maxAttempts: chance.between(2, 5), backoff: 'fixed', initial: chance.between(0, 800), jitter: 'none' },
    tags: { intent: tag },
    ...timeout,
  };
  return perhapsPoisonedTask(body, options.poison);
}

function command(options: TrafficOptions): void {
  const { chance, client } = options;
  const accepted = client.intents.filter(({ state }) => state === 'accepted');
  // The latest are the ones that still run.
  const recent = accepted.slice(chance.happens(0.7) ? -4 : 0);
  if (recent.length === 0) return;
  const intent = chance.pick<Intent>(recent);
  const id = chance.pick(intent.ids);
  if (intent.what === 'workflow') {
    return commandWorkflow(id, options);
  }
  const kind = chance.next();
  if (kind < 0.35) client.command('cancel', id);
  else if (kind < 0.7) client.command('retry', id);
  else client.command('priority', id, { priority: chance.pick([100, 500, 900]) });
}

function commandWorkflow(id: string, { kernel, chance, client }: TrafficOptions): void {
  const kind = chance.next();
  if (kind < 0.3) client.command('cancel-workflow', id, chance.happens(0.5) ? { compensate: true } : {});
  else if (kind < 0.7) client.operate(`/api/v1/workflows/${id}/signals/${signalName}`, {});
  else if (kind < 0.85) {
    client.operate(`/api/v1/workflows/${id}/pause`, {});
    // Asked for again and again: an answer may get lost, and a workflow that stays paused never comes to rest.
    for (const ms of [400, 900, 2_500, 5_000, 8_000]) {
      kernel.after(ms, undefined, '', () => client.operate(`/api/v1/workflows/${id}/resume`, {}));
    }
  }
}

/** One workflow is to run again, wherever it did not complete or from a step. */
function retry({ chance, client }: TrafficOptions): void {
  const accepted = client.intents.filter(({ what, state }) => what === 'workflow' && state === 'accepted');
  if (accepted.length === 0) return;
  const { ids, body } = chance.pick(accepted);
  const { key: from } = chance.pick(body.steps as readonly { key: string }[]);
  client.command('retry-workflow', chance.pick(ids), chance.happens(0.4) ? { from } : {});
}

/** Pauses or limits a queue for a while. */
function operate({ kernel, chance, client, forMs }: TrafficOptions): void {
  const from = chance.between(0, forMs);
  const until = from + chance.between(200, 3_000);
  if (chance.happens(0.5)) {
    kernel.after(from, undefined, '', () => client.operate('/api/v1/queues/hot/pause', {}));
    for (const at of [until, forMs + 4_000]) {
      kernel.after(at, undefined, '', () => client.operate('/api/v1/queues/hot/resume', {}));
    }
  } else {
    const limit = chance.between(1, 3);
    kernel.after(from, undefined, '', () => client.operate('/api/v1/queues/hot', { concurrency: limit }, 'PATCH'));
    // An answer may get lost, and a narrow queue takes longer than a run may.
    for (const at of [forMs + 500, forMs + 2_000, forMs + 4_000]) {
      kernel.after(at, undefined, '', () => client.operate('/api/v1/queues/hot', { concurrency: 100 }, 'PATCH'));
    }
  }
}
