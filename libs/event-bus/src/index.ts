export * from './errors.ts';
export type { BackOff } from './back-off.ts';
export type { BusLogger } from './log.ts';
export { MemoryBroker } from './memory/broker.ts';
export { memoryEventBus, memoryTopicAdmin, type MemoryEventBusOptions } from './memory/memory-event-bus.ts';
export { partitionOf } from './partition.ts';
export * from './port.ts';
export * from './topic-admin.port.ts';
