import type { Register } from '@taskflow/contracts-worker-protocol';
import type { Capabilities } from '../domain/worker-session.ts';

export function capabilitiesOf(frame: Register, tenantId: string): Capabilities {
  const { name, queues, types, definitions, concurrency } = frame;
  return { tenantId, name, queues: queues ?? null, types, definitions: definitions ?? [], concurrency };
}
