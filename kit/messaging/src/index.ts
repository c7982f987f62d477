export { type EventRecord, rawField, type StreamEntry } from './event.ts';
export type { EventBus, EventLog, Position, Publisher, Subscription } from './event-bus.ts';
