import assert from 'node:assert/strict';
import { type Answer, type Api, type CallOptions, type Problem, UndescribedAnswer } from '@taskflow/tests-e2e';

/**
 * One operation as its client saw it. `ok` happened; `refused` did not; `unknown` may or may not have: the
 * connection broke, nobody answered, or the answer was a 503. `dishonest` is an answer that no fault excuses.
 */
export interface Operation {
  readonly n: number;
  readonly method: string;
  readonly path: string;
  outcome: 'pending' | 'ok' | 'refused' | 'unknown' | 'dishonest';
  status?: number;
  retryAfter?: string;
  text?: string;
}

export interface History {
  readonly operations: readonly Operation[];
  call<B = Problem>(
    method: string,
    path: string,
    options?: CallOptions,
  ): Promise<{ operation: Operation; answer?: Answer<B> }>;
  pending(): number;
  count(outcome: Operation['outcome'], since?: number): number;
  /** Operations that began at or after the mark. */
  since(mark: number): readonly Operation[];
  mark(): number;
}

function judge(operation: Operation, answer: Answer<unknown>): void {
  operation.status = answer.status;
  operation.text = answer.text.slice(0, 500);
  const retryAfter = answer.headers.get('retry-after') ?? undefined;
  operation.retryAfter = retryAfter;
  if (answer.status < 300) operation.outcome = 'ok';
  else if (answer.status < 500) operation.outcome = 'refused';
  else if (answer.status === 503 && Number(retryAfter) >= 1) operation.outcome = 'unknown';
  else operation.outcome = 'dishonest';
}

/** Records every call from before it is sent until after it was answered, whatever happens in between. */
export function createHistory(api: Api): History {
  const operations: Operation[] = [];

  async function call<B>(method: string, path: string, options: CallOptions = {}) {
    const operation: Operation = { n: operations.length, method, path, outcome: 'pending' };
    operations.push(operation);
    try {
      const answer = await api.call<B>(method, path, { deadlineMs: 30_000, ...options });
      judge(operation, answer);
      return { operation, answer };
    } catch (error) {
      if (error instanceof UndescribedAnswer) throw error;
      operation.outcome = 'unknown';
      operation.text = String((error as Error).cause ?? error);
      return { operation };
    }
  }

  const since = (mark: number) => operations.slice(mark);
  return {
    operations,
    call,
    since,
    mark: () => operations.length,
    pending: () => operations.filter(({ outcome }) => outcome === 'pending').length,
    count: (outcome, mark = 0) => since(mark).filter((operation) => operation.outcome === outcome).length,
  };
}

/** Asserts that no answer was one that a fault of the database does not excuse, and that each request had one. */
export function assertHonest(history: History): void {
  assert.deepEqual(
    history.operations.filter(({ outcome }) => outcome === 'dishonest'),
    [],
  );
  assert.deepEqual(
    history.operations.filter(({ outcome }) => outcome === 'refused'),
    [],
  );
  const silent = history.operations.filter(({ outcome, status }) => outcome === 'unknown' && status === undefined);
  assert.deepEqual(silent, [], 'the platform left requests without an answer');
}
