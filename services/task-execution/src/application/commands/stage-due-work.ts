import { createLoop, type Loop, type LoopDependencies, repeatWhileFull } from '@taskflow/kit-resilience';
import type { Ledger } from '../ledger/ledger.ts';

/** Nothing but a lost alarm waits this long: every pause sets one, and the sweep looks for what is due too. */
const intervalMs = 30_000;

export interface StagingDependencies extends LoopDependencies {
  readonly ledger: Ledger;
}

/** Puts work whose pause between attempts is over back in line, on the moment: whoever knows it wakes the loop then. */
export function createStaging(deps: StagingDependencies): Loop {
  const stage = async () => (await deps.ledger.submit({ kind: 'stage' })).affected;
  return createLoop({ name: 'stage', intervalMs, run: (signal) => repeatWhileFull(signal, stage) }, deps);
}
