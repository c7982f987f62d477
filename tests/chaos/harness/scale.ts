import { processEnv } from '@taskflow/kit-config';

/** How many times the usual load: `TASKFLOW_CHAOS_SCALE`, 1 unless told. */
export function chaosScale(): number {
  return Math.max(1, Number(processEnv().TASKFLOW_CHAOS_SCALE ?? 1) || 1);
}
