// A program whose handlers are careless, or hostile; on SIGUSR2 the program itself is. With the argument `listens` it
// has listeners of its own for what is left unhandled.
import { EventEmitter } from 'node:events';
import { type AnyTask, task } from '../definitions/task.ts';
import { createWorker } from '../worker/create-worker.ts';

const [url = '', listens] = process.argv.slice(2);
const never = (): Promise<null> => new Promise(() => {});
const revoked = (): Error => {
  const { proxy, revoke } = Proxy.revocable(new Error('revoked'), {});
  revoke();
  return proxy;
};
const handlers: Readonly<Record<string, () => unknown>> = {
  'forgets-a-promise': () => {
    void Promise.reject(new Error('nobody awaits this'));
    return never();
  },
  'throws-in-a-timer': () => {
    setTimeout(() => {
      throw new Error('nobody catches this');
    }, 1);
    return never();
  },
  'throws-in-a-listener': () => {
    const emitter = new EventEmitter().on('tick', () => {
      throw new Error('nobody catches this either');
    });
    setImmediate(() => emitter.emit('tick'));
    return never();
  },
  'emits-an-error': () => {
    setImmediate(() => new EventEmitter().emit('error', new Error('nobody listens for this')));
    return never();
  },
  'forgets-a-revoked-proxy': () => {
    void Promise.reject(revoked());
    return never();
  },
  'throws-a-revoked-proxy': async () => {
    throw revoked();
  },
  exits: () => process.exit(7),
  'exits-later-and-catches': async () => {
    await Promise.resolve();
    try {
      process.exit(7);
    } catch {
      return 'went on';
    }
  },
  'throws-after-its-end': async () => {
    setImmediate(() => {
      setImmediate(() => process.exit(7));
      void Promise.reject(revoked());
      throw new Error('thrown after the end');
    });
    return 'ended';
  },
  'returns-a-revoked-proxy': async () => ({ draft: revoked() }),
  'returns-a-getter-that-throws': async () => ({
    get x() {
      throw Object.create(null);
    },
  }),
  'returns-a-toJSON-that-throws': async () =>
    Object.defineProperty({}, 'toJSON', {
      value() {
        throw new Error('no');
      },
    }),
  'returns-a-list-of-a-billion': async () => new Array(1_000_000_000),
  'returns-one-object-in-many-places': async () => {
    let value: unknown = 'x';
    for (let level = 0; level < 60; level += 1) value = [value, value];
    return value;
  },
  'returns-something-deep': async () => {
    let value: unknown = 'x';
    for (let level = 0; level < 100_000; level += 1) value = [value];
    return value;
  },
  'returns-a-thenable-that-throws': () => ({
    get then() {
      throw new Error('no then');
    },
  }),
};
const definitions = Object.entries(handlers).map(
  ([id, run]) => task({ id, run } as Parameters<typeof task>[0]) as AnyTask,
);

process.on('SIGUSR2', () => void Promise.reject(new Error("the program's own mistake")));
if (listens === 'listens') {
  process.on('unhandledRejection', () => {});
  process.on('uncaughtException', () => {});
}
await createWorker({ url, definitions, signals: true, drain: '100ms' }).run();
