/** One thing that a client wants made, however many calls that takes. */
export interface Intent {
  readonly number: number;
  readonly what: 'task' | 'batch' | 'workflow';
  /** Without a key a call without an answer is never repeated: nobody knows. */
  readonly key: string | undefined;
  readonly path: string;
  readonly body: Record<string, unknown>;
  /** Tasks or workflows that it is to make. */
  readonly count: number;
  /** `unknown`: given up without an answer that tells. */
  state: 'open' | 'accepted' | 'unknown';
  /** Ids by the first answer of success. */
  ids: readonly string[];
}

/** A command to something that exists, and what was said to it. */
export interface Command {
  readonly kind: 'cancel' | 'retry' | 'priority' | 'cancel-workflow' | 'retry-workflow';
  readonly id: string;
  readonly at: number;
  status: number | undefined;
}
