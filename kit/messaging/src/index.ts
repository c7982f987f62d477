export { type CloudEvent, cloudEventSchema, encodeCloudEvent, toCloudEvent } from './cloud-event.ts';
export { LogGapError, PositionIdentityError } from './delivery-errors.ts';
export {
  decodeEntry,
  EntryFormatError,
  encodeEntry,
  entryTypes,
  maxEntryBytes,
  maxValueBytes,
} from './entry-encoding.ts';
export { type EncodedEntry, encodeEntries, EventTooLargeError } from './entry-splitting.ts';
export { type EventRecord, rawField, type StreamEntry } from './event.ts';
export type { EventBus, EventLog, Position, Publisher, Subscription } from './event-bus.ts';
export type { MemoryBounds } from './in-process/entry-weight.ts';
export {
  type ConsumerState,
  createInProcessBus,
  type InProcessBus,
  type InProcessBusOptions,
} from './in-process/in-process-bus.ts';
