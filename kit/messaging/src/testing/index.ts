export { createMemoryLog, type MemoryLog } from './memory-log.ts';
