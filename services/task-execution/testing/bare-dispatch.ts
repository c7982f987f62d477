import type { Clock } from '@taskflow/kit-time';
import { sequentialIds } from '@taskflow/kit-testing';
import { executionBounds } from '../src/application/bounds.ts';
import { Dispatch, type DispatchListeners } from '../src/application/dispatch/dispatch.ts';
import type { ExecutionMeter } from '../src/application/ports/execution-meter.ts';

/** Counts nothing. */
export const noMeter: ExecutionMeter = {
  accepted: () => {},
  ended: () => {},
  sessionsLapsed: () => {},
  superseded: () => {},
  unreadable: () => {},
  isolated: () => {},
  rates: () => ({ in: 0, out: 0 }),
};

/** A dispatch without workers, whose news nobody hears but for the listeners that are given. */
export function bareDispatch(
  clock: Clock,
  listeners: Partial<DispatchListeners> = {},
  ids = sequentialIds(),
): Dispatch {
  return new Dispatch({
    bounds: executionBounds,
    clock,
    ids,
    meter: noMeter,
    isOpen: () => true,
    listeners: {
      workMayBeClaimed: () => {},
      pauseEndsIn: () => {},
      workerJoined: () => {},
      heldByNobody: () => {},
      ...listeners,
    },
  });
}
