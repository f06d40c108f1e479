import { createClient } from 'redis';
import { addressOf, clientOptions, type RedisEndpoint } from './redis/client-options.ts';

export type { RedisEndpoint } from './redis/client-options.ts';

/** A connection to Redis. */
export type RedisClient = ReturnType<typeof createClient>;

/**
 * A client of one's own with the login and the reconnects of the store, not connected yet: for libraries that bring their own scripts.
 * Commands wait while there is no connection.
 *
 * @throws StoreUnavailable the address is none
 */
export function redisClient(endpoint: Omit<RedisEndpoint, 'address'>): { client: RedisClient; address: string } {
  const address = addressOf(endpoint.url);
  return { client: createClient(clientOptions({ ...endpoint, address })), address };
}
