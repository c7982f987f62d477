import type { Service } from './service.ts';

/** It was stopped, and has given back what it worked with: whoever wants to go on makes another one. */
export class StoppedError extends Error {
  readonly code = 'stopped';

  constructor(name: string) {
    super(`${name} was stopped. Make another one: what was stopped does not start again.`);
    this.name = 'StoppedError';
  }
}

export interface LifecycleOptions {
  readonly name: string;
  /** Runs first. The signal aborts when it is stopped meanwhile; whoever takes long heeds it. */
  start?(signal: AbortSignal): Promise<void> | void;
  /** What it consists of: each is started when those before it are ready, and stopped when those behind it are. */
  readonly parts?: readonly Service[];
  /** Runs last, also where nothing was started: gives back what was taken before the start, and at a failed one. */
  stop?(): Promise<void> | void;
}

/**
 * Makes a service that is started once and stopped once, whoever asks for either, how often and in which order. A stop
 * that comes during the start cuts it short, begins no further part and takes back what was begun; a start that fails
 * does the same. What was stopped does not start again.
 */
export function createLifecycle({ name, start = nothing, parts = [], stop = nothing }: LifecycleOptions): Service {
  const stopping = new AbortController();
  let begun: Promise<void> | undefined;
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  async function begin(): Promise<void> {
    stopping.signal.throwIfAborted();
    await start(stopping.signal);
    for (const part of parts) {
      stopping.signal.throwIfAborted();
      await part.start();
    }
  }

  async function end(): Promise<void> {
    stopping.abort(new StoppedError(name));
    const failures: unknown[] = [];
    const failed = (error: unknown) => void failures.push(error);
    // Also the one that is being started, which cuts its start short. One that fails keeps no other from being stopped.
    for (const part of [...parts].reverse()) await part.stop().catch(failed);
    await begun?.catch(nothing);
    await Promise.resolve(stop()).catch(failed);
    if (failures.length > 0) throw failures[0];
  }

  const service = {
    name,
    start: () => (started ??= (begun = begin()).catch(takeBack)),
    stop: () => (stopped ??= end()),
  };

  async function takeBack(failure: unknown): Promise<never> {
    await service.stop().catch(nothing);
    throw failure;
  }

  return service;
}

function nothing(): void {}
