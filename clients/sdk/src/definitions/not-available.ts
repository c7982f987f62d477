import { InvalidInputError, notAvailable } from '../errors.ts';

/**
 * The type of an option or argument that is named in the API and does not exist yet: no real value has it, so using it
 * does not compile and the message names it. Code that slips past the compiler is refused when the definition is made.
 */
export type NotAvailable<Name extends string> = `taskflow: ${Name} is not available yet` & { readonly refused: Name };

/** Refuses each of `names` that `options` carries with a value. */
export function refuseUnavailable(owner: string, options: object, names: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && names.includes(name)) throw notAvailable(`${owner}: ${name}`);
  }
}

/** Refuses members of `options` that nobody knows: a misspelt option must not be ignored. */
export function refuseUnknown(owner: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new InvalidInputError('unknown_option', `${owner}: unknown option ${unknown.join(', ')}`);
}

/** Not available yet: a schedule starts a definition by cron or interval. */
export function schedule(_options: NotAvailable<'schedule'>): never {
  throw notAvailable('schedule()');
}

/** Not available yet: starts a workflow when an event happens. */
export function on(_event: NotAvailable<'on'>, _input?: unknown): never {
  throw notAvailable('on()');
}
