import type { Part } from '../parts/part.ts';
import type { Figures, Ratio } from './figures.ts';

/** One part: what it measures, then a line per figure. */
export function partTable(part: Part, figures: Figures): string {
  const rows = Object.entries(figures).map(([name, { median, min, max }]) => {
    const range = min === max ? '' : `[${number(min)} – ${number(max)}]`;
    return `  ${name.padEnd(28)}${number(median).padStart(12)}  ${range}`.trimEnd();
  });
  return [`${part.name}: ${part.what}`, ...rows].join('\n');
}

export function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map(({ what, value }) => `  ${what.padEnd(36)}${value.toFixed(2).padStart(4)}`);
  return ['Against the limits of the same run, and ends against beginnings', ...rows].join('\n');
}

/** Three figures that mean something; thousands with a space between. */
function number(value: number): string {
  if (Number.isNaN(value)) return 'n/a';
  if (Math.abs(value) >= 100)
    return Math.round(value)
      .toString()
      .replaceAll(/\B(?=(\d{3})+$)/g, ' ');
  return value.toPrecision(3);
}
