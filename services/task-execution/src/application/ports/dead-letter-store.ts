export interface StoredDeadLetter {
  readonly id: string;
  readonly taskId: string;
  readonly generation: number;
  readonly queue: string;
  readonly type: string;
  readonly attempts: number;
  readonly reason: string;
  readonly fingerprint: string;
  /** JSON texts. */
  readonly error: string;
  readonly payload: string;
  /** Epoch milliseconds. */
  readonly deadLetteredAt: number;
}

export interface DeadLetterFilter {
  readonly tenantId: string;
  readonly queue?: string | undefined;
  readonly type?: string | undefined;
  /** Only older ones than this id. */
  readonly before?: string | undefined;
  readonly limit: number;
  /** Letters are given until their payloads and errors reach it. */
  readonly maxBytes: number;
}

export interface DeadLetterStore {
  /** Newest first. `found` counts those within the limit, whatever their bytes. */
  list(filter: DeadLetterFilter): Promise<{ readonly letters: readonly StoredDeadLetter[]; readonly found: number }>;
}
