import type { Part, Sample } from '../parts/part.ts';
import { median } from './statistics.ts';

/** Median, smallest and largest of the rounds. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}
export type Figures = Readonly<Record<string, Figure>>;

export interface Ratio {
  readonly what: string;
  readonly value: number;
}

/** Medians over the rounds, by part and measure. */
export function figuresOf(samples: ReadonlyMap<Part, readonly Sample[]>): Map<string, Figures> {
  return new Map([...samples].map(([part, rounds]) => [part.name, figuresOfPart(rounds)]));
}

function figuresOfPart(rounds: readonly Sample[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  const figures = names.map((name) => {
    const values = rounds.map((sample) => sample[name] ?? Number.NaN);
    return [name, { median: median(values), min: Math.min(...values), max: Math.max(...values) }] as const;
  });
  return Object.fromEntries(figures);
}

/** Medians over the limits of the same run, and of ends over beginnings; only of parts that ran. */
export function ratiosOf(figures: ReadonlyMap<string, Figures>): Ratio[] {
  const value = (part: string, name: string): number => figures.get(part)?.[name]?.median ?? Number.NaN;
  const raw = value('raw', 'tasks/s');
  const ratios = [
    { what: 'bulk ÷ raw limit', value: value('bulk', 'tasks/s') / raw },
    { what: 'singles ÷ raw singles', value: value('singles', 'tasks/s') / value('raw-singles', 'tasks/s') },
    { what: 'steps of chains ÷ raw limit', value: value('chain', 'steps/s') / raw },
    { what: 'steps of diamonds ÷ raw limit', value: value('diamond', 'steps/s') / raw },
    { what: 'tasks of sagas ÷ raw limit', value: value('saga', 'tasks/s') / raw },
    { what: 'long chain: last ÷ first, ms', value: value('long-chain', 'last ÷ first') },
    { what: 'long chain: last ÷ first, CPU', value: value('long-chain', 'CPU last ÷ first') },
    { what: 'fan-out: last ÷ first, ms', value: value('fan-out', 'last ÷ first') },
  ];
  return ratios.filter((ratio) => !Number.isNaN(ratio.value));
}
