/** What one step of this service does at most; the rest goes on in the next one. Tests make them small. */
export interface CountBounds {
  /** Events of task-execution that one transaction applies. */
  readonly eventsPerApply: number;
}

const countBounds: CountBounds = { eventsPerApply: 1_000 };

/** What tests change of them. */
export type GivenBounds = Partial<CountBounds>;

export function boundsOf(given: GivenBounds = {}): CountBounds {
  return { ...countBounds, ...given };
}
