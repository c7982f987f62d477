import { setTimeout as pause } from 'node:timers/promises';
import { createWorker, task } from '@taskflow/sdk';
import { percentile } from '../figures/statistics.ts';
import type { HttpClient } from './http-client.ts';

/** A worker in this process that notes when its handlers start, by the same clock as the caller's. */
export interface LatencyProbe {
  /** From sending the request to the handler's start, and to the answer of the request, at a steady rate. */
  start(load: {
    seconds: number;
    perSecond: number;
  }): Promise<Record<'p50' | 'p99' | 'answerP50' | 'answerP99', number>>;
  /** One chain of five at a time: from sending to the answer of a waiting read, and from step to step. */
  chain(load: { workflows: number }): Promise<Record<'p50' | 'p99' | 'stepP50' | 'stepP99', number>>;
  stop(): Promise<void>;
}

const probeType = 'bench.probe';
const chainLength = 5;

export async function createLatencyProbe(url: string, client: HttpClient): Promise<LatencyProbe> {
  const started = new Map<string, number>();
  const probe = task({
    id: probeType,
    run: (mark: string) => {
      started.set(mark, performance.now());
      return null;
    },
  });
  const worker = createWorker({ url, definitions: [probe], name: 'bench-probe', concurrency: 64 });
  const running = worker.run();
  await worker.ready();

  async function start({ seconds, perSecond }: { seconds: number; perSecond: number }) {
    const total = seconds * perSecond;
    const handlerStarts: number[] = [];
    const answers: number[] = [];
    const begin = performance.now();
    const calls: Promise<void>[] = [];
    for (let turn = 0; turn < total; turn += 1) {
      await pause(Math.max(0, begin + (turn * 1000) / perSecond - performance.now()));
      calls.push(one(`start-${begin}-${turn}`));
    }
    await Promise.all(calls);
    return {
      p50: percentile(handlerStarts, 50),
      p99: percentile(handlerStarts, 99),
      answerP50: percentile(answers, 50),
      answerP99: percentile(answers, 99),
    };

    async function one(mark: string): Promise<void> {
      const sent = performance.now();
      await client.post('/api/v1/tasks', JSON.stringify({ type: probeType, payload: mark }));
      answers.push(performance.now() - sent);
      handlerStarts.push((await untilStarted(mark)) - sent);
    }
  }

  async function chain({ workflows }: { workflows: number }) {
    const ends: number[] = [];
    const gaps: number[] = [];
    for (let turn = 0; turn < workflows; turn += 1) {
      const marks = Array.from({ length: chainLength }, (_, step) => `chain-${performance.now()}-${turn}-${step}`);
      const body = chainBody(marks);
      const sent = performance.now();
      await runWorkflow(client, body);
      ends.push(performance.now() - sent);
      const starts = marks.map((mark) => started.get(mark) ?? Number.NaN);
      for (const [step, at] of starts.slice(1).entries()) gaps.push(at - (starts[step] ?? Number.NaN));
    }
    return {
      p50: percentile(ends, 50),
      p99: percentile(ends, 99),
      stepP50: percentile(gaps, 50),
      stepP99: percentile(gaps, 99),
    };
  }

  async function untilStarted(mark: string): Promise<number> {
    for (;;) {
      const at = started.get(mark);
      if (at !== undefined) return at;
      await pause(5);
    }
  }

  return {
    start,
    chain,
    stop: async () => {
      await worker.drain('5s');
      await running;
    },
  };
}

function chainBody(marks: readonly string[]): string {
  const steps = marks.map((mark, step) => ({
    key: `s${step}`,
    type: probeType,
    payload: mark,
    dependsOn: step === 0 ? [] : [`s${step - 1}`],
  }));
  return JSON.stringify({ name: 'bench-chain', steps });
}

/** How a workflow of the benchmark is meant to end. */
export type End = 'completed' | 'compensated';

/** Starts a workflow and waits for its end. */
export async function runWorkflow(client: HttpClient, body: Buffer | string, end: End = 'completed'): Promise<void> {
  await untilEnded(client, await startWorkflow(client, body), end);
}

export async function startWorkflow(client: HttpClient, body: Buffer | string): Promise<string> {
  const { body: answer } = await client.post('/api/v1/workflows', body);
  return (JSON.parse(answer) as { id: string }).id;
}

export async function untilEnded(client: HttpClient, id: string, end: End): Promise<void> {
  for (;;) {
    const { body: text } = await client.get(`/api/v1/workflows/${id}`, { prefer: 'wait=30' });
    const status = /"status":"([a-z-]+)"/.exec(text)?.[1];
    if (status === end) return;
    if (status !== 'running' && status !== 'compensating')
      throw new Error(`a workflow of the benchmark is ${status ?? 'unreadable'}`);
  }
}
