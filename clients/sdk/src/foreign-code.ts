import { types } from 'node:util';
import { createContext, Script } from 'node:vm';

/** A getter answers at once; one that takes longer than this loops. */
const maxMs = 100;

const call = new Script('read()');
const stage: { read?: () => unknown } = createContext({});

/** Takes the place of a member that cannot be read. */
export const unreadable = '[unreadable]';

/**
 * Reads members of values that nothing is known of: what a handler threw or logs. Members that are data are taken as
 * they are. A getter, and every operation on a proxy, is code of somebody else: what it throws is caught, one that
 * loops is cut off, and after that no more of it is called.
 */
export class ForeignReader {
  #gaveUp = false;

  /** The member, or `undefined` where there is none. */
  read(object: object, name: PropertyKey): unknown {
    const found = find(object, name);
    if (found === 'proxy') return this.call(() => Reflect.get(object, name));
    const get = found?.get;
    if (get === undefined) return found?.value as unknown;
    if (get === stackGetter && types.isNativeError(object) && stackRunsNothing(object)) return stackOf(object);
    return this.call(() => Reflect.apply(get, object, []));
  }

  /** Names of the members that JSON would show; `undefined` where they cannot be read. */
  keys(object: object): readonly string[] | undefined {
    if (!types.isProxy(object)) return Object.keys(object);
    const keys = this.call(() => Object.keys(object));
    return Array.isArray(keys) ? (keys as string[]) : undefined;
  }

  /** Gives the result of `run`, and `unreadable` where that throws or takes too long. */
  call(run: () => unknown): unknown {
    if (this.#gaveUp) return unreadable;
    const outer = stage.read;
    stage.read = run;
    try {
      return call.runInContext(stage, { timeout: maxMs });
    } catch (error) {
      this.#gaveUp = isTimeOut(error);
      return unreadable;
    } finally {
      stage.read = outer;
    }
  }
}

/** V8 gives every error its stack by one and the same getter. */
const stackGetter = Object.getOwnPropertyDescriptor(new Error(''), 'stack')?.get;

/** The getter writes the stack when it is read first, and reads name and message for that. */
function stackRunsNothing(error: Error): boolean {
  return ['name', 'message'].every((name) => {
    const found = find(error, name);
    return found !== 'proxy' && typeof found?.value === 'string';
  });
}

/** A program's own `Error.prepareStackTrace` may throw. */
function stackOf(error: Error): unknown {
  try {
    return error.stack;
  } catch {
    return unreadable;
  }
}

/** Finds the object that keeps the member, along the prototypes; a proxy among them answers for all behind it. */
function find(object: object, name: PropertyKey): PropertyDescriptor | 'proxy' | undefined {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (types.isProxy(at)) return 'proxy';
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTimeOut(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || types.isProxy(error)) return false;
  return Object.getOwnPropertyDescriptor(error, 'code')?.value === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
