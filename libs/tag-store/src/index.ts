export { decodeCursor, encodeCursor, TAG_PAGE_MAX } from './cursor.ts';
export * from './errors.ts';
export { memoryTagStore, type MemoryTagStore, type MemoryTagStoreOptions } from './memory/memory-tag-store.ts';
export * from './port.ts';
export type { StoreLogger } from './log.ts';
export type { BreakerState } from './redis/circuit-breaker.ts';
export {
  STORE_CONNECTIONS,
  redisTagStore,
  type RedisTagStoreOptions,
  type StoreConnection,
} from './redis/redis-tag-store.ts';
export { memoryCrawls, type MemoryCrawls } from './crawls/memory-crawls.ts';
export { MAX_CRAWLS, type Crawls } from './crawls/port.ts';
export { redisCrawls, type RedisCrawlsOptions } from './crawls/redis-crawls.ts';
export { memoryHostGate } from './host-gate/memory-host-gate.ts';
export type { HostGate, HostGrant, HostLimits, HostOutcome, HostRefusal } from './host-gate/port.ts';
export { redisHostGate, type RedisHostGateOptions } from './host-gate/redis-host-gate.ts';
export { TokenBucket } from './quota/bucket.ts';
export { memoryQuota, type MemoryQuota } from './quota/memory-quota.ts';
export type { Quota, QuotaGrant, QuotaLimits } from './quota/port.ts';
export { redisQuota, type RedisQuotaOptions } from './quota/redis-quota.ts';
export { memorySideStore, type MemorySideStore, type MemorySideStoreOptions } from './side/memory-side-store.ts';
export type { Feedback, Notes, NumberedVerdict, SideStore } from './side/port.ts';
export { redisSideStore, type RedisSideStoreOptions } from './side/redis-side-store.ts';
