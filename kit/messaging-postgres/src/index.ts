export { type ConsumerOptions, createConsumer, EntryGapError } from './consumer.ts';
export { messagingMigrations } from './migrations.ts';
export { AsynchronousAppendError, createOutbox, type EntryBounds, type Outbox, type OutboxOptions } from './outbox.ts';
export {
  AsynchronousPositionError,
  createPositions,
  isPositionMoved,
  type PositionMove,
  PositionMovedError,
  type Positions,
} from './positions.ts';
export { isPoison, poisonIn, poisonOrThrow } from './poison.ts';
export { createPruning, type PruningOptions } from './pruning.ts';
