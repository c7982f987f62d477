import { silentTelemetry } from '@taskflow/kit-telemetry';
import { manualClock } from '@taskflow/kit-testing';
import { createInProcessBus } from '../in-process/in-process-bus.ts';
import { ConsumerProbe } from './consumer-probe.ts';
import { createMemoryStore } from './memory-harness.ts';
import { createMemoryLog } from './memory-log.ts';
import { MOVED, sampleEvents } from './sample-events.ts';

/** One producer and one consumer in memory, the bus between them, and a clock that a test moves. */
export function setScene(options: { types?: string[]; maxEvents?: number } = {}) {
  const clock = manualClock();
  const telemetry = silentTelemetry();
  const log = createMemoryLog('sample');
  const bus = createInProcessBus({ clock, telemetry, roundMs: 5000 });
  const publisher = bus.attach(log);
  const { types = [MOVED], maxEvents = 20 } = options;
  const store = createMemoryStore();
  const consumer = new ConsumerProbe({ consumer: 'sample-consumer', source: 'sample', types, store, maxEvents });
  bus.subscribe(consumer);
  const emit = (count = 1, type = MOVED) => log.append(0, sampleEvents(1, count, type));
  return { clock, telemetry, log, bus, publisher, store, consumer, emit };
}
