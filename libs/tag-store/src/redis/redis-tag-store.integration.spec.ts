import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicasOnline, startRedis, type TestRedis } from '@tagservice/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import type { Applied, TagStore } from '../port.ts';
import { tagStoreContract } from '../tag-store.contract.ts';
import { pageOf, someJob } from '../tag-store.samples.ts';
import { redisTagStore } from './redis-tag-store.ts';

const deadline = { timeout: 15_000, interval: 20 };

describe('the Redis tag store', () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startRedis({ replicas: 1 });
  });
  afterAll(async () => {
    await redis.stop();
  });

  tagStoreContract((options) => redisTagStore({ url: redis.url, acknowledgingReplicas: 1, ...options }));
});

describe('a durable write', () => {
  let redis: TestRedis;
  let store: TagStore;

  beforeEach(async () => {
    redis = await startRedis({ replicas: 2 });
    store = redisTagStore({ url: redis.url, acknowledgingReplicas: 1, waitTimeoutMs: 100 });
  });
  afterEach(async () => {
    await store.close();
    await redis.stop();
  });

  const write = async (job = someJob()): Promise<Applied> =>
    await store.apply({ ...job, page: pageOf(job, { durable: 0.5 }) });

  it('is unknown while too few replicas confirm, also when it is repeated, and durable once they do', async () => {
    const job = someJob();
    for (const replica of redis.replicas) await replica.pause();
    expect(await write(job)).toEqual({ kind: 'unknown', acknowledged: 0, wanted: 1 });
    // The repetition writes nothing; that must not make it look durable.
    expect(await write(job)).toEqual({ kind: 'unknown', acknowledged: 0, wanted: 1 });
    redis.replicas[0]?.resume();
    await replicasOnline(redis, 1);
    await vi.waitFor(async () => {
      expect(await write(job)).toEqual({ kind: 'duplicate' });
    }, deadline);
    expect((await store.urlsOfTag('durable', { limit: 5 })).urls.map(({ url }) => url)).toEqual([job.url]);
  });

  it('that was acknowledged survives the loss of the primary', async () => {
    const jobs = Array.from({ length: 200 }, () => someJob());
    const kinds = await Promise.all(jobs.map(async (job) => (await write(job)).kind));
    expect(new Set(kinds)).toEqual(new Set(['applied']));
    // One acknowledgement each: the replica with the higher offset has them all.
    await redis.kill();
    const offsets = await Promise.all(
      redis.replicas.map(async (replica) =>
        Number(/slave_repl_offset:(\d+)/.exec(await replica.command('INFO replication'))?.[1]),
      ),
    );
    const heir = redis.replicas[offsets[0]! >= offsets[1]! ? 0 : 1]!;
    await heir.command('REPLICAOF NO ONE');
    const survivor = redisTagStore({ url: heir.url });
    const pages = await Promise.all(jobs.map(async ({ urlHash }) => await survivor.readPage(urlHash)));
    await survivor.close();
    expect(pages.filter((page) => page === undefined)).toEqual([]);
  });

  it('gives up on a server that has become a replica, and says so', async () => {
    await store.ping();
    await redis.command(`REPLICAOF 127.0.0.1 ${String(redis.replicas[0]!.port)}`);
    await expect(write()).rejects.toThrow(/READONLY/);
    await redis.command('REPLICAOF NO ONE');
    await vi.waitFor(async () => {
      expect((await write()).kind).not.toBe('stale-epoch');
    }, deadline);
  });
});

describe('while Redis is away', () => {
  let redis: TestRedis;
  let store: TagStore;

  beforeEach(async () => {
    redis = await startRedis({ appendonly: true, config: { appendfsync: 'always' } });
    store = redisTagStore({ url: redis.url });
  });
  afterEach(async () => {
    await store.close();
    await redis.stop();
  });

  it('every call fails within about a second with the address and the cause, and works again when it is back', async () => {
    const job = someJob();
    await store.apply({ ...job, page: pageOf(job, { kept: 0.5 }) });
    await redis.kill();
    const began = Date.now();
    const calls = [
      store.ping(),
      store.readPage(job.urlHash),
      store.claimJob({ ...job, leaseMs: 1 }),
      store.apply({ ...job, page: pageOf(job, {}) }),
    ];
    const outcomes = await Promise.allSettled(calls);
    expect(Date.now() - began).toBeLessThan(2500);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { name: 'StoreUnavailable', address: redis.address },
      });
    }
    await expect(store.ping()).rejects.toThrow(/ECONNREFUSED|closed unexpectedly/i);
    await redis.restart();
    await vi.waitFor(async () => {
      await store.ping();
    }, deadline);
    expect((await store.readPage(job.urlHash))?.jobId).toBe(job.jobId);
  });

  it('a server that is frozen makes no call hang, and is used again afterwards', async () => {
    await store.ping();
    await redis.pause();
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.apply({ ...someJob(), page: pageOf(someJob(), {}) })).rejects.toBeInstanceOf(StoreUnavailable);
    redis.resume();
    await vi.waitFor(async () => {
      await store.ping();
    }, deadline);
  });

  it('a store that is made before Redis runs finds it later', async () => {
    await redis.kill();
    const early = redisTagStore({ url: redis.url });
    await expect(early.ping()).rejects.toThrow(/ECONNREFUSED/);
    await redis.restart();
    await vi.waitFor(async () => {
      await early.ping();
    }, deadline);
    await early.close();
  });

  it('listens for wake-ups again after the connection was lost', async () => {
    const woken: string[] = [];
    await store.onWake('pod', (jobId) => {
      woken.push(jobId);
    });
    await redis.kill();
    await redis.restart();
    await vi.waitFor(async () => {
      await store.wake('pod', 'again');
      expect(woken).toContain('again');
    }, deadline);
  });
});

describe('logging in', () => {
  it('takes the password from its file at each connect', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tagservice-acl-'));
    const passwordFile = join(folder, 'password');
    const rules = 'on >first ~* &* +@all';
    await writeFile(join(folder, 'users.acl'), `user default on nopass ~* &* +@all\nuser app ${rules}\n`);
    await writeFile(passwordFile, 'first\n');
    const redis = await startRedis({ aclFile: join(folder, 'users.acl') });
    const store = redisTagStore({ url: redis.url, username: 'app', passwordFile });
    await store.ping();
    await redis.command('ACL SETUSER app resetpass >second');
    await redis.command('CLIENT KILL USER app');
    await expect(store.ping()).rejects.toThrow(/WRONGPASS|closed/i);
    await writeFile(passwordFile, 'second\n');
    await vi.waitFor(async () => {
      await store.ping();
    }, deadline);
    await store.close();
    await redis.stop();
    await rm(folder, { recursive: true });
  });

  it('never shows the password in a message', async () => {
    const store = redisTagStore({ url: 'redis://app:secret@127.0.0.1:1' });
    const error = await store.ping().catch((cause: unknown) => cause);
    expect(String(error)).toMatch(/127\.0\.0\.1:1/);
    expect(String(error)).not.toMatch(/secret/);
    await store.close();
  });
});
