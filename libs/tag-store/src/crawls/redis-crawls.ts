import type { CrawlDocument } from '@tagservice/contracts';
import { silentLogger, type StoreLogger } from '../log.ts';
import { addressOf, type RedisEndpoint } from '../redis/client-options.ts';
import { RedisConnection, type Reply } from '../redis/connection.ts';
import { MAX_CRAWLS, type Crawls } from './port.ts';
import { addScript, updateScript } from './scripts.ts';
import { newestFirst, parseCrawl } from './stored-crawl.ts';

/** Options of {@link redisCrawls}. */
export interface RedisCrawlsOptions extends Omit<RedisEndpoint, 'address'> {
  /** Longest time of a command, in milliseconds. Default 1000. */
  readonly commandTimeoutMs?: number;
  readonly maxCrawls?: number;
  readonly logger?: StoreLogger;
}

/** `crawls:{tenant}`: a hash of crawls (JSON) by id; bounded, for good. */
const keyOf = (tenant: string): string => `crawls:{${tenant}}`;

/** Crawls on Redis 7, over a connection of its own. Connects at once and for ever tries again. */
export function redisCrawls(options: RedisCrawlsOptions): Crawls {
  const connection = new RedisConnection({
    ...options,
    address: addressOf(options.url),
    logger: options.logger ?? silentLogger,
    timeoutMs: options.commandTimeoutMs ?? 1000,
  });
  const most = String(options.maxCrawls ?? MAX_CRAWLS);
  return {
    async add(crawl) {
      const kept = await connection.script(addScript, [keyOf(crawl.tenant)], [crawl.id, JSON.stringify(crawl), most]);
      return kept === 1 ? 'kept' : 'full';
    },
    async get(tenant, id) {
      return crawlOf(await connection.send(['HGET', keyOf(tenant), id]));
    },
    async list(tenant) {
      const reply = await connection.send(['HVALS', keyOf(tenant)]);
      return newestFirst((Array.isArray(reply) ? reply : []).flatMap((json) => crawlOf(json) ?? []));
    },
    async update(crawl) {
      const written = await connection.script(updateScript, [keyOf(crawl.tenant)], [crawl.id, JSON.stringify(crawl)]);
      return written === 1;
    },
    async remove(tenant, id) {
      return (await connection.send(['HDEL', keyOf(tenant), id])) === 1;
    },
    close() {
      connection.close();
      return Promise.resolve();
    },
  };
}

function crawlOf(reply: Reply): CrawlDocument | undefined {
  return typeof reply === 'string' ? parseCrawl(reply) : undefined;
}
