import { type NotAvailable } from './definitions/not-available.ts';
import { notAvailable } from './errors.ts';

/** Not available yet: the engine in memory with a virtual clock. Until then, call a task's `run` as the function it is. */
export function testkit(_options: NotAvailable<'testkit'>): never {
  throw notAvailable(
    'testkit()',
    "Call a task's run() as the plain function it is, or use createTaskFlow() without a url.",
  );
}

/** Not available yet: a stand-in for a task's handler. */
export function mock(_task: NotAvailable<'mock'>, _implementation?: unknown): never {
  throw notAvailable('mock()');
}
