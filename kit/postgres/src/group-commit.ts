import type { Service, Trouble } from '@taskflow/kit-lifecycle';

export interface GroupCommitOptions<Command, Outcome> {
  name: string;
  /** One transaction for the whole batch. Outcome i answers command i; a refusal is an outcome, not an error. */
  write(batch: readonly Command[]): Promise<readonly Outcome[]>;
  /**
   * Called when the outcome of `write` is unknown (connection lost, error at COMMIT): reads back whether the
   * batch took effect. Gives its outcomes, or `absent` when it did not, and the batch is then written again. It may
   * be asked about half of a batch that was written as a whole only if that whole was absent.
   */
  recall(batch: readonly Command[]): Promise<readonly Outcome[] | 'absent'>;
  /** Rows and bytes that a command adds to its batch; one row and no bytes unless told. Asked once per command. */
  weigh?(command: Command): { rows: number; bytes: number };
  /** A batch closes when it reaches either (500 rows, 4 MiB unless told); one command alone may exceed them. */
  maxRows?: number;
  maxBytes?: number;
  /**
   * Where the order of commands means nothing: those of at most `lightBytes` pass heavier ones that wait, which then take
   * no more than `heavyBytes` of a batch (one alone may exceed them). Each batch has some of both, so neither starves, and
   * each kind has `maxWaitingBytes` of its own.
   */
  overtaking?: { readonly lightBytes: number; readonly heavyBytes: number };
  /** Commands that may wait; 10,000 unless told. One more is refused with `OverloadedError`. */
  maxWaiting?: number;
  /** Bytes that may wait, by `weigh`; 64 MiB unless told. What would exceed them is refused, unless nothing waits. */
  maxWaitingBytes?: number;
  /**
   * How long writing may fail for want of a server before commands are refused, in milliseconds; 5,000 unless told.
   * After that each batch gets one attempt, until one succeeds.
   */
  patienceMs?: number;
}

/**
 * Group commit: commands that arrive while a transaction is in flight form the next one; an idle writer writes
 * at once. No timer, no added delay. On a data error (SQLSTATE 22, 23, 54) the batch is halved and its halves are
 * written one after the other, until the bad command stands alone: it never fails its neighbours. On 40 all are
 * written again. Where the server gave up on a batch, its parts are written, because it may have been too much at
 * once; a command that fails so alone is refused, and may be submitted again. On an unknown outcome `recall` decides, after the session that may still commit has ended.
 */
export interface GroupCommit<Command, Outcome> extends Service {
  /** Resolves after COMMIT returned. Rejects with `OverloadedError`, `UnavailableError` or this command's own `DatabaseError`. */
  submit(command: Command): Promise<Outcome>;
  /** Commands waiting and in flight. */
  readonly pending: number;
  /** Attempts to write that failed, one after the other. */
  trouble(): Trouble | undefined;
}
