import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as ours from './errors.ts';
import { failureOf } from './worker/failure.ts';

/** A second copy of this package, as a program gets it whose library brings its own. */
const otherCopy = './errors.ts?other-copy';
const theirs = (await import(otherCopy)) as typeof ours;

const made = (from: typeof ours): Readonly<Record<string, Error>> => ({
  TaskFlowError: new from.TaskFlowError('c', 'm'),
  InvalidInputError: new from.InvalidInputError('c', 'm'),
  NotFoundError: new from.NotFoundError('c', 'm'),
  ConflictError: new from.ConflictError('c', 'm'),
  UnauthorizedError: new from.UnauthorizedError('c', 'm'),
  UnavailableError: new from.UnavailableError('c', 'm', 1),
  TimedOutError: new from.TimedOutError('c', 'm'),
  TaskFailedError: new from.TaskFailedError('id', 't', 1, { code: 'c', message: 'm' }),
  WorkflowFailedError: new from.WorkflowFailedError('id', 'w', undefined, { code: 'c', message: 'm' }),
  StartManyError: new from.StartManyError({ cause: new Error('m'), index: 1, of: 2, started: [] }),
  CancelledError: new from.CancelledError(),
  TerminalError: new from.TerminalError('m'),
  RetryableError: new from.RetryableError('m', { retryAfter: 5 }),
});
const classes = Object.entries(ours).filter(([name]) => name.endsWith('Error')) as [string, abstract new () => Error][];

describe('the errors of another copy of this package', () => {
  it('are told by their class: each is of its own and of what that extends, and of no other', () => {
    assert.notEqual(theirs.TerminalError, ours.TerminalError);
    assert.deepEqual(classes.map(([name]) => name).toSorted(), Object.keys(made(ours)).toSorted());
    for (const [kind, error] of Object.entries(made(theirs))) {
      for (const [name, errorClass] of classes) {
        assert.equal(error instanceof errorClass, name === kind || name === 'TaskFlowError', `${kind} of ${name}`);
      }
    }
  });

  it('end a task, or say when to come back, as ours do', () => {
    assert.equal(failureOf(new theirs.TerminalError('x', { details: { a: 1 } }), undefined).class, 'terminal');
    assert.equal(failureOf(new theirs.CancelledError(), undefined).class, 'terminal');
    assert.equal(failureOf(new theirs.RetryableError('x', { retryAfter: 5 }), undefined).retryAfterMs, 5);
    const { error } = failureOf(new theirs.TerminalError('x', { details: { a: 1 } }), undefined);
    assert.deepEqual(Reflect.get(error.details as object, 'given'), { a: 1 });
  });

  it('leave the classes of a program to their prototypes', () => {
    class Declined extends ours.TerminalError {}
    assert.ok(new Declined('x') instanceof ours.TerminalError);
    assert.ok(new Declined('x') instanceof Declined);
    assert.ok(!(new ours.TerminalError('x') instanceof Declined));
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.ok(!(proxy instanceof ours.TerminalError));
  });
});
