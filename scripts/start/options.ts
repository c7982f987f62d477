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
  --definitions <glob>   load the definitions that these modules export; may be repeated
`;

/** A text is what is wrong with the arguments. */
export function readOptions(args: readonly string[]): StartOptions | 'help' | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        'no-demo': { type: 'boolean', default: false },
        definitions: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    if (values.port !== undefined && !/^\d{1,5}$/.test(values.port))
      return `--port must be a number, not ${values.port}.`;
    return {
      port: values.port,
      dataDir: values['data-dir'],
      demo: !values['no-demo'],
      definitions: values.definitions,
    };
  } catch (error) {
    return (error as Error).message;
  }
}
