import type { Log } from '../definitions/context.ts';

/** One JSON line per message on stderr: stdout belongs to the program. */
export const stderrLog: Log = {
  debug: () => {},
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
  error: (message, fields) => write('error', message, fields),
};

/** What needs a look: for a worker inside another program, whose stderr is not the worker's own. */
export function warningsOnly(log: Log): Log {
  return { ...log, debug: () => {}, info: () => {} };
}

/** The same log with `bindings` in every line; they win, so that a handler cannot take another task's id. */
export function withBindings(log: Log, bindings: object): Log {
  return {
    debug: (message, fields) => log.debug(message, { ...fields, ...bindings }),
    info: (message, fields) => log.info(message, { ...fields, ...bindings }),
    warn: (message, fields) => log.warn(message, { ...fields, ...bindings }),
    error: (message, fields) => log.error(message, { ...fields, ...bindings }),
  };
}

function write(level: string, message: string, fields: object | undefined): void {
  const time = new Date().toISOString();
  process.stderr.write(
    `${encode({ level, time, msg: message, ...fields }) ?? encode({ level, time, msg: message })}\n`,
  );
}

/** A field that cannot be written must not fail the handler that logs it. */
function encode(line: object): string | undefined {
  try {
    return JSON.stringify(line);
  } catch {
    return undefined;
  }
}
