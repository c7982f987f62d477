import type { Incarnation } from '@taskflow/kit-lifecycle';

/** An incarnation that changes when a test says so. */
export interface ManualIncarnation extends Incarnation {
  change(): void;
}

export function manualIncarnation(): ManualIncarnation {
  const listeners = new Set<() => void>();
  let epoch = 0;
  return {
    get epoch() {
      return epoch;
    },
    onChange: (listener) => {
      const own = () => listener();
      listeners.add(own);
      return () => listeners.delete(own);
    },
    change: () => {
      epoch += 1;
      for (const listener of listeners) listener();
    },
  };
}
