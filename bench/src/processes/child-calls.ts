import { fork } from 'node:child_process';

/** Functions that one process offers to another; arguments and results cross as JSON. */
export type Calls = Record<string, (argument: never) => Promise<unknown>>;

interface Request {
  readonly number: number;
  readonly name: string;
  readonly argument: unknown;
}
type Reply = { number: number; result: unknown } | { number: number; error: string };

export interface ChildCalls<C extends Calls> {
  call<N extends keyof C & string>(name: N, argument: Parameters<C[N]>[0]): Promise<Awaited<ReturnType<C[N]>>>;
  readonly pid: number;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Runs a module that calls `serveCalls` as a process of its own. */
export function startChild<C extends Calls>(module: URL): ChildCalls<C> {
  const child = fork(module, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  let number = 0;
  let ending = false;

  child.on('message', (reply: Reply) => {
    const caller = waiting.get(reply.number);
    waiting.delete(reply.number);
    if ('error' in reply) caller?.reject(new Error(reply.error));
    else caller?.resolve(reply.result);
  });
  void gone.then(() => {
    const reason = new Error(`the process of ${module.pathname.split('/').at(-1)} ended`);
    if (!ending) for (const caller of waiting.values()) caller.reject(reason);
  });

  return {
    pid: child.pid ?? 0,
    call: (name, argument) => {
      number += 1;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(number, answer);
      child.send({ number, name, argument } satisfies Request);
      return answer.promise as never;
    },
    stop: async () => {
      ending = true;
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

/** Answers the calls of the process that started this one, and runs `end` when that one is done or gone. */
export function serveCalls(calls: Calls, end: () => Promise<void>): void {
  process.on('message', (request: Request) => {
    void answer(calls, request).then((reply) => process.send?.(reply));
  });
  // Ctrl-C reaches every process of the terminal; the first one decides.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => {
    void end().finally(() => process.exit(0));
  });
}

async function answer(calls: Calls, { number, name, argument }: Request): Promise<Reply> {
  try {
    const call = calls[name];
    if (call === undefined) throw new RangeError(`there is no call ${name}`);
    return { number, result: (await call(argument as never)) ?? null };
  } catch (error) {
    return { number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
