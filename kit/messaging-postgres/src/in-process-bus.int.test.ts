import { createInProcessBus } from '@taskflow/kit-messaging';
import { eventBusConformance } from '@taskflow/kit-messaging/testing';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import { postgresHarness } from './testing/postgres-harness.ts';

/** Small bounds and no rounds, as the suite asks. */
const narrow = { bounds: { maxEvents: 50, maxBytes: 1024 * 1024 }, roundMs: 3_600_000 };

eventBusConformance('the in-process bus over logs in PostgreSQL', () =>
  Promise.resolve(
    postgresHarness(() => createInProcessBus({ clock: systemClock, telemetry: silentTelemetry(), ...narrow })),
  ),
);
