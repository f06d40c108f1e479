import type { CrawlDocument } from '@tagservice/contracts';
import { StoreUnavailable } from '../errors.ts';
import { silentLogger, type StoreLogger } from '../log.ts';
import { addressOf, type RedisEndpoint } from '../redis/client-options.ts';
import { RedisConnection, type Reply } from '../redis/connection.ts';
import { DurableWriter } from '../redis/durable-writer.ts';
import type { Script } from '../redis/script.ts';
import { MAX_CRAWLS, type Crawls } from './port.ts';
import { addScript, removeScript, updateScript } from './scripts.ts';
import { newestFirst, parseCrawl } from './stored-crawl.ts';

/** Options of {@link redisCrawls}. */
export interface RedisCrawlsOptions extends Omit<RedisEndpoint, 'address'> {
  /** Longest time of a command, in milliseconds. Default 1000. */
  readonly commandTimeoutMs?: number;
  readonly maxCrawls?: number;
  /** So many replicas must have a crawl before it counts as kept, or as taken away. Default 0. */
  readonly acknowledgingReplicas?: number;
  /** Longest wait for them, in milliseconds. Default 500. */
  readonly waitTimeoutMs?: number;
  readonly logger?: StoreLogger;
}

/** `crawls:{tenant}`: a hash of crawls (JSON) by id; bounded, for good. */
const keyOf = (tenant: string): string => `crawls:{${tenant}}`;

/** Crawls on Redis 7, over a connection of its own. Connects at once and for ever tries again. */
export function redisCrawls(options: RedisCrawlsOptions): Crawls {
  const { acknowledgingReplicas = 0, waitTimeoutMs = 500, commandTimeoutMs: timeoutMs = 1000 } = options;
  const address = addressOf(options.url);
  const connection = new RedisConnection({ ...options, address, logger: options.logger ?? silentLogger, timeoutMs });
  const writer = new DurableWriter([connection], { acknowledgingReplicas, waitTimeoutMs, timeoutMs });
  const most = String(options.maxCrawls ?? MAX_CRAWLS);

  async function write(script: Script, tenant: string, args: readonly string[]): Promise<Reply> {
    const { reply, acknowledged } = await writer.write({ script, keys: [keyOf(tenant)], args });
    if (acknowledged >= acknowledgingReplicas) return reply;
    const reason = `${String(acknowledged)} of ${String(acknowledgingReplicas)} replicas have confirmed it`;
    throw new StoreUnavailable(address, reason);
  }

  return {
    async add(crawl) {
      const kept = await write(addScript, crawl.tenant, [crawl.id, JSON.stringify(crawl), most]);
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
      return (await write(removeScript, tenant, [id])) === 1;
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
