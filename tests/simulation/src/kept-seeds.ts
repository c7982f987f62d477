import { readFileSync, writeFileSync } from 'node:fs';

/** A seed that once found something. It is run before all others, for ever. */
export interface KeptSeed {
  readonly seed: number;
  /** What it showed. */
  readonly violation: string;
}

const file = new URL('../seeds/regressions.json', import.meta.url);

export function keptSeeds(): readonly KeptSeed[] {
  return JSON.parse(readFileSync(file, 'utf8')) as KeptSeed[];
}

export function keepSeed(seed: number, violation: string): void {
  const kept = keptSeeds();
  if (kept.some((known) => known.seed === seed)) return;
  writeFileSync(file, `${JSON.stringify([...kept, { seed, violation }], undefined, 2)}\n`);
}
