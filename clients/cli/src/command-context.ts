import { createHttpApi, type HttpApi } from '@taskflow/sdk';
import type { Command } from 'commander';
import type { Environment } from './environment.ts';
import { InterruptedError } from './exit-code.ts';
import { createTerminal, type OutputFormat, type Streams, type Terminal } from './terminal.ts';

export const defaultUrl = 'http://127.0.0.1:7400';
/** Long enough for a server that restarts its connections, short enough for a person who mistyped the URL. */
const patienceMs = 2_000;

/** What every command works with. */
export interface CommandContext {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly api: HttpApi;
  readonly terminal: Terminal;
  readStdin(): Promise<string>;
  /** As in `Streams`. */
  readonly ask: Streams['ask'];
  /** Runs `wait` until it ends or the user presses Ctrl-C; then says `onInterrupt` and ends with 130. */
  detachable<T>(onInterrupt: string, wait: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface GlobalOptions {
  readonly url?: string;
  readonly apiKey?: string;
  readonly output: OutputFormat;
}

/** Flags win over the environment, that over the default. */
export function createContext(command: Command, streams: Streams, environment: Environment): CommandContext {
  const options = command.optsWithGlobals<GlobalOptions>();
  const url = options.url ?? environment.url ?? defaultUrl;
  const apiKey = options.apiKey ?? environment.apiKey;
  const terminal = createTerminal(streams, options.output);
  return {
    url,
    apiKey,
    api: createHttpApi({ url, apiKey, patienceMs }),
    terminal,
    readStdin: () => streams.readStdin(),
    ask: streams.ask,
    async detachable(onInterrupt, wait) {
      const interrupt = new AbortController();
      const stop = (): void => interrupt.abort(new InterruptedError(onInterrupt));
      process.once('SIGINT', stop);
      try {
        return await wait(interrupt.signal);
      } finally {
        process.off('SIGINT', stop);
      }
    },
  };
}
