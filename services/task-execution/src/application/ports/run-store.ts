/** Remembers how the last run of this service ended. */
export interface RunStore {
  /** Begins a run. False when the last one ended by a crash. */
  begin(): Promise<boolean>;
  /** The run ends as it should. */
  end(): Promise<void>;
}
