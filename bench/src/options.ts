import { parseArgs } from 'node:util';
import { allParts } from './parts/all-parts.ts';
import type { MeasureOptions, Part } from './parts/part.ts';

export interface BenchOptions extends MeasureOptions {
  readonly parts: readonly Part[];
  readonly rounds: number;
  /** Slots of the worker. */
  readonly concurrency: number;
  /** Where all samples and figures go as JSON. */
  readonly jsonFile: string | undefined;
}

export const usage = `npm run bench [-- options]

  --only <names>       parts to run, with commas between: ${allParts.map(({ name }) => name).join(', ')}
  --seconds <n>        length of a measuring window (5)
  --rounds <n>         rounds of all parts, medians are given (3)
  --concurrency <n>    slots of the worker (4000)
  --waiting <n>        tasks waiting in the part "backlog" (1000000)
  --steps <n>          steps in the part "graphs" (10000)
  --json <file>        writes samples and figures there as well
`;

/** A text is what is wrong with the arguments. */
export function readOptions(args: readonly string[]): BenchOptions | string {
  try {
    return interpret(args);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function interpret(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      concurrency: { type: 'string', default: '4000' },
      waiting: { type: 'string', default: '1000000' },
      steps: { type: 'string', default: '10000' },
      json: { type: 'string' },
    },
  });
  return {
    parts: values.only === undefined ? allParts : values.only.split(',').map(partNamed),
    seconds: positive('seconds', values.seconds),
    rounds: positive('rounds', values.rounds),
    concurrency: positive('concurrency', values.concurrency),
    waiting: positive('waiting', values.waiting),
    steps: positive('steps', values.steps),
    jsonFile: values.json,
  };
}

function partNamed(name: string): Part {
  const part = allParts.find((candidate) => candidate.name === name);
  if (part === undefined) throw new RangeError(`There is no part "${name}".`);
  return part;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`--${name} must be a number above 0.`);
  return value;
}
