// A program whose handlers leave errors unhandled; on SIGUSR2 the program itself does.
import { task } from '../definitions/task.ts';
import { createWorker } from '../worker/create-worker.ts';

const forgets = task({
  id: 'forgets-a-promise',
  run: async () => {
    void Promise.reject(new Error('nobody awaits this'));
    return new Promise<null>(() => {});
  },
});
const throws = task({
  id: 'throws-in-a-timer',
  run: () =>
    new Promise<null>(() => {
      setTimeout(() => {
        throw new Error('nobody catches this');
      }, 1);
    }),
});

process.on('SIGUSR2', () => void Promise.reject(new Error("the program's own mistake")));
await createWorker({ url: process.argv[2] ?? '', definitions: [forgets, throws], signals: true }).run();
