export { decodeCursor, encodeCursor, TAG_PAGE_MAX } from './cursor.ts';
export * from './errors.ts';
export { memoryTagStore, type MemoryTagStore, type MemoryTagStoreOptions } from './memory/memory-tag-store.ts';
export * from './port.ts';
export type { StoreLogger } from './log.ts';
export type { BreakerState } from './redis/circuit-breaker.ts';
export { redisTagStore, type RedisTagStoreOptions, type StoreConnection } from './redis/redis-tag-store.ts';
