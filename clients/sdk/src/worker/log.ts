import { types } from 'node:util';
import type { Log } from '../definitions/context.ts';
import { plainOf, reasonOf } from '../plain-value.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** Writes a JSON line per message to stderr: stdout belongs to the program. */
export const stderrLog: Log = logOf((level, message, fields) => {
  if (level !== 'debug') process.stderr.write(line(level, message, fields));
});

/** Passes on only what needs a look: for a worker inside another program, whose stderr is not the worker's own. */
export function warningsOnly(log: Log): Log {
  return { ...log, debug: () => {}, info: () => {} };
}

/**
 * The log that a worker and its handlers write to. Fields reach it as plain data, for most loggers print an error as
 * `{}` and throw for a bigint or a circular object. One that throws all the same, or rejects, fails neither the worker
 * nor the handler: the line goes to stderr instead.
 */
export function dependableLog(log: Log): Log {
  return logOf((level, message, fields) => {
    const plain = fields && plainFields(fields);
    const instead = (): void => void process.stderr.write(line(level, message, plain));
    try {
      const written: unknown = log[level](message, plain);
      if (types.isPromise(written)) written.catch(instead);
    } catch {
      instead();
    }
  });
}

/**
 * The same log with `bindings` in every line. They keep their names, so that a handler cannot take another task's id;
 * a field of the handler with one of them is kept beside it.
 */
export function withBindings(log: Log, bindings: object): Log {
  return logOf((level, message, fields = {}) =>
    log[level](message, { ...besides(bindings, plainFields(fields)), ...bindings }),
  );
}

function logOf(write: (level: Level, message: string, fields: object | undefined) => void): Log {
  const at = (level: Level) => (message: string, fields?: object) => write(level, reasonOf(message), fields);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function plainFields(fields: object): object {
  const plain = plainOf(fields);
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? plain : { fields: plain };
}

function line(level: Level, message: string, fields: object | undefined): string {
  const head = { level, time: new Date().toISOString(), msg: message };
  return `${JSON.stringify({ ...head, ...besides(head, fields) })}\n`;
}

/** `fields`, with a name of its own for each that `taken` has. */
function besides(taken: object, fields: object = {}): object {
  const free = (name: string): string =>
    Object.hasOwn(taken, name) || Object.hasOwn(fields, name) ? free(`${name}_`) : name;
  const named = Object.entries(fields).map(([name, value]) => [Object.hasOwn(taken, name) ? free(name) : name, value]);
  return Object.fromEntries(named) as object;
}
