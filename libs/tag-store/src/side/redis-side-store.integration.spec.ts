import { startRedis, type TestRedis } from '@tagservice/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { redisSideStore } from './redis-side-store.ts';
import { sideStoreContract } from './side-store.contract.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});

describe('the side store in Redis', () => {
  beforeEach(async () => {
    await redis.command('FLUSHALL');
  });
  sideStoreContract(() => redisSideStore({ url: redis.url, maxVerdicts: 3 }));

  it('leaves nothing without an end but the verdicts, which are bounded', async () => {
    const side = redisSideStore({ url: redis.url, maxVerdicts: 3 });
    await side.notes.put('a', 'text', 60_000);
    await side.notes.putIfAbsent('b', 'text', 60_000);
    for (const key of ['note:{a}', 'note:{b}']) {
      expect(Number(await redis.command(`PTTL ${key}`)), key).toBeGreaterThan(0);
    }
    await side.close();
  });

  it('says within about a second that Redis is away', async () => {
    const side = redisSideStore({ url: 'redis://127.0.0.1:1', commandTimeoutMs: 200 });
    await expect(side.notes.get('a')).rejects.toBeInstanceOf(StoreUnavailable);
    await side.close();
  });
});
