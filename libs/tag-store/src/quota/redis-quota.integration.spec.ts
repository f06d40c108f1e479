import { startRedis, type TestRedis } from '@tagservice/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { quotaContract } from './quota.contract.ts';
import { redisQuota } from './redis-quota.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis({ replicas: 0 });
});
afterAll(() => redis.stop());

describe('the quota in Redis', () => {
  // A busy machine may take longer than a request would wait.
  quotaContract(() => redisQuota({ url: redis.url, commandTimeoutMs: 5_000 }));

  it('is the same bucket to every instance', async () => {
    const limits = { perMinute: 1, burst: 10 };
    const instances = [1, 2, 3].map(() => redisQuota({ url: redis.url, commandTimeoutMs: 5_000 }));
    const grants = await Promise.all(
      Array.from({ length: 10 }, () => instances.map((instance) => instance.take('shared', 1, limits))).flat(),
    );
    expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBe(10);
    await Promise.all(instances.map((instance) => instance.close()));
  });

  it('says soon that Redis is away', async () => {
    const nowhere = redisQuota({ url: 'redis://127.0.0.1:1', commandTimeoutMs: 100 });
    const started = performance.now();
    await expect(nowhere.take('a', 1, { perMinute: 1, burst: 1 })).rejects.toThrow(StoreUnavailable);
    expect(performance.now() - started).toBeLessThan(2_000);
    await nowhere.close();
  });
});
