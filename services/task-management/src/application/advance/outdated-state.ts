/** The state in memory was behind the database: what was decided from it must not be committed. */
export class OutdatedStateError extends Error {
  constructor(what: string) {
    super(`The decision was taken from an outdated state: ${what}.`);
    this.name = 'OutdatedStateError';
  }
}
