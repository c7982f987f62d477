import { parseArgs } from 'node:util';

export interface StartOptions {
  port: string | undefined;
  dataDir: string | undefined;
  demo: boolean;
  /** Globs of modules with further definitions. */
  definitions: readonly string[];
}

export const usage = `Usage: npm start -- [options]

  --port <number>        port of the API (7400; the next free one when it is taken)
  --data-dir <dir>       where the data is kept (.taskflow)
  --no-demo              neither load the demo definitions nor run the demo
  --definitions <glob>…  load the definitions that these modules export; may be repeated
`;

export type Arguments = { options: StartOptions } | { help: true } | { problem: string };

export function readArguments(args: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      // A shell makes several words of `--definitions ./defs/*.ts`.
      allowPositionals: args.some((word) => word.startsWith('--definitions')),
      options: {
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        'no-demo': { type: 'boolean', default: false },
        definitions: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { help: true };
    if (values.port !== undefined && !/^\d{1,5}$/.test(values.port))
      return { problem: `--port must be a number, not ${values.port}.` };
    const { port, definitions, 'data-dir': dataDir, 'no-demo': noDemo } = values;
    return { options: { port, dataDir, demo: !noDemo, definitions: [...definitions, ...positionals] } };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
