import { replicasOnline, startRedis, startTcpProxy, type TcpProxy, type TestRedis } from '@tagservice/testbed';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import type { StoreLogger } from '../log.ts';
import type { TagStore } from '../port.ts';
import { claimOf, pageOf, someJob } from '../tag-store.samples.ts';
import { redisTagStore } from './redis-tag-store.ts';

const deadline = { timeout: 15_000, interval: 20 };
const failing = async (call: Promise<unknown>): Promise<StoreUnavailable> =>
  await call.then(
    () => expect.unreachable('The call was answered'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(StoreUnavailable);
      return error as StoreUnavailable;
    },
  );

describe('while the memory of Redis is used up', () => {
  let redis: TestRedis;
  let store: TagStore;

  beforeEach(async () => {
    redis = await startRedis({ config: { maxmemory: 4_000_000, 'maxmemory-policy': 'noeviction' } });
    store = redisTagStore({ url: redis.url });
  });
  afterEach(async () => {
    await store.close();
    await redis.stop();
  });

  it('writes are refused as full, what is there is read on, and nothing of it is dropped', async () => {
    const job = someJob();
    await store.apply({ ...job, page: pageOf(job, { kept: 0.5 }) });
    const [begun, other] = [someJob(), someJob()];
    await store.claimJob(claimOf(begun));
    await store.startAttempt(begun);
    await redis.command('CONFIG SET maxmemory 1');
    const writes = [
      () => store.apply({ ...other, page: pageOf(other, { lost: 1 }) }),
      () => store.claimJob(claimOf(other)),
      () => store.startAttempt(other),
      () => store.fail(other, { code: 'FETCH_DNS', detail: '' }),
      () => store.apply({ ...begun, page: pageOf(begun, {}) }),
    ];
    for (const write of writes) expect((await failing(write())).trouble).toBe('full');
    expect((await store.readPage(job.urlHash))?.jobId).toBe(job.jobId);
    expect((await store.urlsOfTag('kept', { limit: 5 })).urls).toHaveLength(1);
    expect(await store.readJob(other.jobId)).toBeUndefined();
    await store.ping();
    await redis.command('CONFIG SET maxmemory 0');
    expect(await store.apply({ ...other, page: pageOf(other, {}) })).toEqual({ kind: 'applied' });
  });

  it('a server that would drop keys is not taken for one that keeps them', async () => {
    await redis.command('CONFIG SET maxmemory-policy allkeys-lru');
    const fresh = redisTagStore({ url: redis.url });
    const error = await failing(fresh.ping());
    expect(error.trouble).toBe('evicting');
    expect(error.message).toMatch(/allkeys-lru of 4000000 bytes.*noeviction/);
    await fresh.close();
  });
});

describe('the breaker', () => {
  let redis: TestRedis;
  let store: TagStore;
  const states: string[] = [];

  beforeEach(async () => {
    states.length = 0;
    redis = await startRedis();
    store = redisTagStore({
      url: redis.url,
      commandTimeoutMs: 200,
      onBreaker: (connection, state) => states.push(`${connection} ${state}`),
    });
    await store.ping();
  });
  afterEach(async () => {
    await store.close();
    await redis.stop();
  });

  it('lets calls fail at once while Redis does not answer, and closes when it does', async () => {
    await redis.pause();
    await Promise.all(Array.from({ length: 5 }, async () => await failing(store.ping())));
    const began = performance.now();
    const error = await failing(store.ping());
    expect(performance.now() - began).toBeLessThan(50);
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(error.message).toMatch(/no answer within 200 ms; not asked again for \d+ ms/);
    redis.resume();
    await vi.waitFor(async () => {
      await store.ping();
    }, deadline);
    expect(states).toEqual(expect.arrayContaining(['reads open', 'reads half-open', 'reads closed']));
    expect(states.at(-1)).toBe('reads closed');
  });

  it('is not opened by what Redis refuses: a refusal is an answer', async () => {
    await redis.command('CONFIG SET maxmemory 1');
    for (let nth = 0; nth < 20; nth += 1) await failing(store.claimJob(claimOf(someJob())));
    expect(states).toEqual([]);
    await store.ping();
  });
});

describe('behind an address that leads to another server', () => {
  let first: TestRedis;
  let second: TestRedis;
  let service: TcpProxy;
  let store: TagStore;
  const logged: string[] = [];
  const logger: StoreLogger = {
    debug: () => undefined,
    info: (_, message) => logged.push(message),
    warn: (fields, message) => logged.push(`${message}: ${(fields as { reason?: string }).reason ?? ''}`),
  };

  beforeEach(async () => {
    logged.length = 0;
    [first, second] = await Promise.all([startRedis(), startRedis()]);
    await first.command('SET epoch 4');
    service = await startTcpProxy(first.port);
    store = redisTagStore({ url: `redis://127.0.0.1:${String(service.port)}`, commandTimeoutMs: 300, logger });
    await store.ping();
  });
  afterEach(async () => {
    await store.close();
    await service.stop();
    await Promise.all([first.stop(), second.stop()]);
  });

  const applied = async (): Promise<string> => {
    const job = someJob();
    return (await store.apply({ ...job, page: pageOf(job, {}) })).kind;
  };

  it('a server of an earlier epoch is not used for anything, not even one that has lost everything', async () => {
    expect(await store.readEpoch()).toBe(4);
    for (const command of ['SET epoch 3', 'DEL epoch']) {
      await second.command(command);
      service.lead(second.port);
      service.reset();
      await vi.waitFor(async () => {
        expect((await failing(store.readPage('0'.repeat(32)))).message).toMatch(
          /its epoch \d is over; that of 4 has begun/,
        );
      }, deadline);
      await failing(applied());
      service.lead(first.port);
      await vi.waitFor(async () => {
        await store.ping();
      }, deadline);
    }
    expect(await second.command('DBSIZE')).toMatch(/^[01]$/);
  });

  it('a primary of a later epoch is used as soon as any connection meets it, by all of them', async () => {
    const job = someJob();
    await store.apply({ ...job, page: pageOf(job, {}) });
    await second.command('SET epoch 5');
    service.lead(second.port);
    // Only the connections for writes notice; that of the reads stays open to the old one.
    await first.command(`REPLICAOF 127.0.0.1 ${String(second.port)}`);
    await vi.waitFor(async () => {
      expect(await applied()).toBe('applied');
    }, deadline);
    await vi.waitFor(async () => {
      expect(await store.readEpoch()).toBe(5);
    }, deadline);
    expect(logged.some((line) => line.includes('READONLY'))).toBe(true);
  });

  it('wake-ups are heard from the primary that has taken over', async () => {
    const woken: string[] = [];
    const end = await store.onWake('pod', (jobId) => woken.push(jobId));
    await second.command('SET epoch 5');
    service.lead(second.port);
    await first.command(`REPLICAOF 127.0.0.1 ${String(second.port)}`);
    // Whether a connection for writes was still open to the first is chance.
    await applied().catch(() => undefined);
    await vi.waitFor(async () => {
      await second.command('PUBLISH wake:pod from-the-second');
      expect(woken).toContain('from-the-second');
    }, deadline);
    await end();
  });

  it('a server that still copies another one is not used until it is the primary', async () => {
    await replicaOf(second, first);
    service.lead(second.port);
    service.reset();
    await vi.waitFor(async () => {
      expect((await failing(store.ping())).message).toMatch(/READONLY it copies 127.0.0.1/);
    }, deadline);
    await second.command('REPLICAOF NO ONE');
    await vi.waitFor(async () => {
      expect(await applied()).toBe('applied');
    }, deadline);
  });

  it('a primary that nobody acknowledges any more is left for its successor', async () => {
    const replicated = await startRedis({ replicas: 1 });
    await replicated.command('SET epoch 5');
    const careful = redisTagStore({
      url: `redis://127.0.0.1:${String(service.port)}`,
      acknowledgingReplicas: 1,
      waitTimeoutMs: 50,
      commandTimeoutMs: 5_000,
    });
    const job = someJob();
    expect(await careful.apply({ ...job, page: pageOf(job, {}) })).toEqual({
      kind: 'unknown',
      acknowledged: 0,
      wanted: 1,
    });
    service.lead(replicated.port);
    await vi.waitFor(async () => {
      expect(['applied', 'duplicate']).toContain((await careful.apply({ ...job, page: pageOf(job, {}) })).kind);
    }, deadline);
    expect(await careful.readEpoch()).toBe(5);
    await careful.close();
    await replicated.stop();
  });
});

describe('a store that has lost what was durable', () => {
  const write = async (store: TagStore, offset: string): Promise<object> => {
    const job = someJob();
    const position = { topic: 'requests', partition: 2, offset };
    return await store.apply({ ...job, page: pageOf(job, {}) }, { position });
  };

  it('is noticed by the next write, keeps its watermark, and goes on with whoever reads it anew', async () => {
    const redis = await startRedis({ appendonly: true, config: { appendfsync: 'always' } });
    const store = redisTagStore({ url: redis.url });
    await store.readWatermarks('requests');
    for (const offset of ['0', '7', '7']) expect(await write(store, offset)).toEqual({ kind: 'applied' });
    // Thrown back to before the last write, which had the same watermark as the one before it.
    await redis.command('HSET watermarks:{requests} 2:writes 2');
    expect(await write(store, '9')).toEqual({ kind: 'applied', thrownBack: true });
    expect(await write(store, '10')).toEqual({ kind: 'applied', thrownBack: true });
    expect(await store.advance({ topic: 'requests', partition: 2, offset: '10' })).toBe(true);
    expect(await store.readWatermarks('requests')).toEqual(new Map([[2, '7']]));
    expect(await write(store, '8')).toEqual({ kind: 'applied' });
    await redis.command('FLUSHALL');
    expect(await write(store, '11')).toEqual({ kind: 'applied', thrownBack: true });
    expect(await store.readWatermarks('requests')).toEqual(new Map());
    expect(await write(store, '3')).toEqual({ kind: 'applied' });
    expect(await store.readWatermarks('requests')).toEqual(new Map([[2, '3']]));
    await store.close();
    await redis.stop();
  });

  it('is not mistaken for one in which another worker has gone on', async () => {
    const redis = await startRedis();
    const [one, two] = [redisTagStore({ url: redis.url }), redisTagStore({ url: redis.url })];
    for (const store of [one, two]) await store.readWatermarks('requests');
    for (const offset of ['1', '2', '3']) expect(await write(two, offset)).toEqual({ kind: 'applied' });
    expect(await write(one, '1')).toEqual({ kind: 'applied' });
    expect(await write(two, '4')).toEqual({ kind: 'applied' });
    expect(await one.readWatermarks('requests')).toEqual(new Map([[2, '4']]));
    await Promise.all([one.close(), two.close()]);
    await redis.stop();
  });
});

describe('a server that has forgotten our scripts', () => {
  it('is given them again, and every write takes effect once', async () => {
    const redis = await startRedis({ replicas: 1 });
    const store = redisTagStore({ url: redis.url, acknowledgingReplicas: 1 });
    await store.ping();
    await redis.command('SCRIPT FLUSH');
    const jobs = Array.from({ length: 50 }, () => someJob());
    const kinds = await Promise.all(
      jobs.map(async (job) => (await store.apply({ ...job, page: pageOf(job, { a: 0.5 }) })).kind),
    );
    expect(new Set(kinds)).toEqual(new Set(['applied']));
    expect((await store.urlsOfTag('a', { limit: 100 })).urls).toHaveLength(50);
    await store.close();
    await redis.stop();
  });
});

describe('a durable write that waits for its replica', () => {
  it('keeps no read waiting', async () => {
    const redis = await startRedis({ replicas: 1 });
    const store = redisTagStore({ url: redis.url, acknowledgingReplicas: 1, waitTimeoutMs: 1_000 });
    await store.ping();
    await redis.replicas[0]?.pause();
    const job = someJob();
    const writes = Array.from({ length: 3 }, async () => await store.apply({ ...job, page: pageOf(job, {}) }));
    const began = performance.now();
    await vi.waitFor(async () => {
      expect((await store.readPage(job.urlHash))?.jobId).toBe(job.jobId);
    }, deadline);
    expect(performance.now() - began).toBeLessThan(700);
    for (const write of writes) expect((await write).kind).toBe('unknown');
    await store.close();
    await redis.stop();
  });
});

async function replicaOf(copy: TestRedis, primary: TestRedis): Promise<void> {
  await copy.command(`REPLICAOF 127.0.0.1 ${String(primary.port)}`);
  await replicasOnline(primary, 1);
}
