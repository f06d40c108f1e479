export { decodeCursor, encodeCursor, TAG_PAGE_MAX } from './cursor.ts';
export * from './errors.ts';
export { memoryTagStore, type MemoryTagStore, type MemoryTagStoreOptions } from './memory/memory-tag-store.ts';
export * from './port.ts';
export type { StoreLogger } from './log.ts';
export { redisTagStore, type RedisTagStoreOptions } from './redis/redis-tag-store.ts';
export { memorySideStore, type MemorySideStore, type MemorySideStoreOptions } from './side/memory-side-store.ts';
export type { Feedback, Notes, NumberedVerdict, SideStore } from './side/port.ts';
export { redisSideStore, type RedisSideStoreOptions } from './side/redis-side-store.ts';
