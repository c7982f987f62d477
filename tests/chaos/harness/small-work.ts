import { patient } from './faulty-platform.ts';

/** One thing that a client asks for, small and quick, whose outcome does not depend on when or how often it ran. */
export interface SmallWork {
  readonly kind: string;
  readonly path: '/api/v1/tasks' | '/api/v1/workflows';
  readonly body: object;
  /** Sent to it once it was accepted; without it, it never ends. */
  readonly signal?: { readonly name: string; readonly payload: unknown };
}

/** Served by a worker of plain HTTP calls: gives twice the number that it is given. */
export const doublingType = 'chaos.double';

export function doubled(payload: unknown): unknown {
  return { twice: 2 * (payload as { n: number }).n };
}

const from = (step: string) => ({ $from: `steps.${step}.result` });

type Make = (n: number, ms: number) => Omit<SmallWork, 'kind'>;

const flow = (steps: readonly object[], signal?: SmallWork['signal']): Omit<SmallWork, 'kind'> => ({
  path: '/api/v1/workflows',
  body: { name: 'chaos-small', steps },
  ...(signal && { signal }),
});
const task = (type: string, payload: unknown): Omit<SmallWork, 'kind'> => ({
  path: '/api/v1/tasks',
  body: { type, payload, retry: patient },
});
const noop = (key: string, payload: unknown, dependsOn: readonly string[] = []) => ({
  key,
  type: 'taskflow.noop',
  payload,
  dependsOn,
  retry: patient,
});

/** `n` goes through it and comes out at its end, so that what was lost or mixed up on the way shows. */
const kinds: Readonly<Record<string, Make>> = {
  task: (n) => task('taskflow.noop', { n }),
  pause: (_n, ms) => task('taskflow.sleep', { ms }),
  'task of an HTTP worker': (n) => task(doublingType, { n }),
  'result across a sleep': (n, ms) =>
    flow([
      noop('price', { amount: n }),
      { key: 'wait', sleep: { for: ms } },
      noop('charge', { charge: from('price') }, ['price', 'wait']),
    ]),
  'chain with an HTTP worker': (n) =>
    flow([
      noop('first', { n }),
      { key: 'second', type: doublingType, payload: from('first'), dependsOn: ['first'], retry: patient },
      noop('third', { got: from('second') }, ['second']),
    ]),
  signal: (n) =>
    flow(
      [
        noop('before', { n }),
        { key: 'approved', waitForSignal: { signal: 'go', timeout: '1h' }, dependsOn: ['before'] },
        noop('after', { spoken: from('approved'), before: from('before') }, ['approved', 'before']),
      ],
      { name: 'go', payload: { go: n } },
    ),
  saga: (n) =>
    flow([
      { ...noop('reserve', { n }), compensation: { type: 'taskflow.noop', payload: { n }, retry: patient } },
      { ...noop('charge', from('reserve'), ['reserve']), compensation: { type: 'taskflow.noop', retry: patient } },
      { key: 'ship', type: 'taskflow.fail', dependsOn: ['charge'], retry: { maxAttempts: 1 } },
    ]),
  'fan-out': (n) =>
    flow([
      {
        key: 'each',
        type: 'taskflow.noop',
        each: { over: [n, n + 1, n + 2] },
        payload: { $from: 'item' },
        retry: patient,
      },
      noop('all', { all: from('each') }, ['each']),
    ]),
};

const smallWorkKinds = Object.keys(kinds);

/** What runs for a while before it changes anything for others: nothing that follows makes its beginning durable. */
const quiet = ['pause', 'task of an HTTP worker', 'result across a sleep'];

export function smallWork(n: number, random: () => number, isQuiet = false): SmallWork {
  const choices = isQuiet ? quiet : smallWorkKinds;
  const kind = choices[Math.floor(random() * choices.length)] as string;
  const ms = 50 + Math.floor(random() * 1_500);
  return { kind, ...(kinds[kind] as Make)(n, ms) };
}
