import { startRedis, type TestRedis } from '@tagservice/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { crawlsContract } from './crawls.contract.ts';
import { redisCrawls } from './redis-crawls.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});

describe('crawls in Redis', () => {
  beforeEach(async () => {
    await redis.command('FLUSHALL');
  });
  crawlsContract(() => redisCrawls({ url: redis.url, maxCrawls: 3 }));

  it('of which one cannot be read are listed all the same', async () => {
    const crawls = redisCrawls({ url: redis.url });
    await redis.command('HSET crawls:{acme} abc not-json');
    expect(await crawls.list('acme')).toEqual([]);
    expect(await crawls.get('acme', 'abc')).toBeUndefined();
    await crawls.close();
  });

  it('say within about a second that Redis is away', async () => {
    const crawls = redisCrawls({ url: 'redis://127.0.0.1:1', commandTimeoutMs: 200 });
    await expect(crawls.get('acme', 'a')).rejects.toBeInstanceOf(StoreUnavailable);
    await crawls.close();
  });
});
