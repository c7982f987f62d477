export type { AppliedEvent, BusHarness, ConsumerStore, Producer } from './bus-harness.ts';
export { ConsumerProbe, type Mishap } from './consumer-probe.ts';
export { eventBusConformance } from './event-bus-conformance.ts';
export { createMemoryStore, effectsOf, type MemoryStore, memoryHarness } from './memory-harness.ts';
export { type ManualIncarnation, manualIncarnation } from './manual-incarnation.ts';
export { createMemoryLog, type MemoryLog } from './memory-log.ts';
export { MOVED, RENAMED, SAMPLE_PAYLOAD, sampleEvent, sampleEvents } from './sample-events.ts';
