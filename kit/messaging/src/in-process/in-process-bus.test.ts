import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import { eventBusConformance, memoryHarness } from '../testing/index.ts';
import { createInProcessBus } from './in-process-bus.ts';

/** Small bounds and no rounds, as the suite asks. */
const narrow = { bounds: { maxEvents: 50, maxBytes: 1024 * 1024 }, roundMs: 3_600_000 };

eventBusConformance('the in-process bus over logs in memory', () =>
  Promise.resolve(
    memoryHarness(() => createInProcessBus({ clock: systemClock, telemetry: silentTelemetry(), ...narrow })),
  ),
);
