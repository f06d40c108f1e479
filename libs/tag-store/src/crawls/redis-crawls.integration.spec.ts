import { startRedis, type TestRedis } from '@tagservice/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { crawlOf, crawlsContract } from './crawls.contract.ts';
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

describe('crawls on a primary with a copy', () => {
  it('count as kept, and as taken away, once the copy has it', async () => {
    const pair = await startRedis({ replicas: 1 });
    const crawls = redisCrawls({ url: pair.url, acknowledgingReplicas: 1, waitTimeoutMs: 200 });
    const copied = async (): Promise<string> => (await pair.replicas[0]?.command('HLEN crawls:{acme}')) ?? '';
    try {
      const [first, second] = [crawlOf({}), crawlOf({})];
      expect(await crawls.add(first)).toBe('kept');
      expect(await copied()).toContain('1');
      await pair.replicas[0]?.pause();
      await expect(crawls.add(second)).rejects.toThrow('0 of 1 replicas have confirmed it');
      await expect(crawls.remove('acme', first.id)).rejects.toBeInstanceOf(StoreUnavailable);
      pair.replicas[0]?.resume();
      await expect.poll(() => crawls.remove('acme', second.id).catch(() => undefined)).toBeDefined();
    } finally {
      await crawls.close();
      await pair.stop();
    }
  });
});
