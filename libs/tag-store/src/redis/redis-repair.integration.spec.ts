import { startRedis, type TestRedis } from '@tagservice/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobReference, RepairCounts, TagStore } from '../port.ts';
import { pageOf, someJob } from '../tag-store.samples.ts';
import { redisTagStore } from './redis-tag-store.ts';

describe('the repair of postings', () => {
  let redis: TestRedis;
  let store: TagStore;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.stop();
  });
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    store = redisTagStore({ url: redis.url });
  });
  afterEach(async () => {
    await store.close();
  });

  const apply = async (job: JobReference, tags: Record<string, number>, by = store): Promise<void> => {
    await by.apply({ ...job, page: pageOf(job, tags) });
  };
  const urlsOf = async (tag: string): Promise<string[]> =>
    (await store.urlsOfTag(tag, { limit: 200 })).urls.map(({ url }) => url);

  /** Steps until the end, at most `steps`. */
  const repair = async (limit = 50, by = store, holder = 'one'): Promise<RepairCounts & { steps: number }> => {
    const sum = { scanned: 0, reposted: 0, mended: 0, removed: 0, steps: 0 };
    for (let done = false; !done && sum.steps < 1_000; sum.steps += 1) {
      const step = await by.repairStep({ holder, leaseMs: 10_000, limit });
      if (step.kind !== 'stepped') throw new TypeError('Somebody else repairs');
      ({ done } = step);
      for (const name of ['scanned', 'reposted', 'mended', 'removed'] as const) sum[name] += step[name];
    }
    return sum;
  };

  it('posts what a worker left in the outbox when it died', async () => {
    const job = someJob();
    await apply(job, { left: 0.5, kept: 0.25 });
    await redis.command('DEL tag:{left}');
    await redis.command(`HSET url:{${job.urlHash}} unposted '["left","kept","gone"]'`);
    await redis.command(`ZADD tag:{gone} 1 ${job.urlHash}`);
    expect(await repair()).toMatchObject({ reposted: 1, removed: 0 });
    expect(await urlsOf('left')).toEqual([job.url]);
    expect(await redis.command('EXISTS tag:{gone}')).toBe('0');
    expect(await redis.command(`HEXISTS url:{${job.urlHash}} unposted`)).toBe('0');
  });

  it('mends postings that are missing or have another score, of which no outbox tells', async () => {
    const job = someJob();
    await apply(job, { missing: 0.5, wrong: 0.25, right: 0.75 });
    await redis.command('DEL tag:{missing}');
    await redis.command(`ZADD tag:{wrong} 0.9 ${job.urlHash}`);
    expect(await repair()).toMatchObject({ reposted: 0, mended: 2, removed: 0 });
    const [wrong] = (await store.urlsOfTag('wrong', { limit: 1 })).urls;
    expect([await urlsOf('missing'), wrong?.score]).toEqual([[job.url], 0.25]);
  });

  it('removes postings that no record bears out: of other tags, and of records that are gone', async () => {
    const [job, gone] = [someJob(), someJob()];
    await apply(job, { own: 0.5 });
    await apply(gone, { own: 0.5 });
    await redis.command(`ZADD tag:{foreign} 1 ${job.urlHash}`);
    await redis.command(`DEL url:{${gone.urlHash}}`);
    expect(await repair()).toMatchObject({ mended: 0, removed: 2 });
    expect(await redis.command('ZCARD tag:{own}')).toBe('1');
    expect(await redis.command('EXISTS tag:{foreign}')).toBe('0');
  });

  it('finds nothing to do the second time, nor where nothing was wrong', async () => {
    const jobs = Array.from({ length: 40 }, () => someJob());
    await Promise.all(
      jobs.map(async (job, n) => {
        await apply(job, { all: 0.5, [`t${String(n % 7)}`]: n / 40 });
      }),
    );
    const first = await repair();
    expect(first).toMatchObject({ reposted: 0, mended: 0, removed: 0 });
    // Every record, every member of its postings.
    expect(first.scanned).toBeGreaterThanOrEqual(120);
    await redis.command(`ZADD tag:{wrong} 1 ${jobs[0]!.urlHash}`);
    expect(await repair()).toMatchObject({ removed: 1 });
    expect(await repair()).toMatchObject({ reposted: 0, mended: 0, removed: 0 });
  });

  it('leaves a posting bounded: what is below the bound is not missing', async () => {
    const small = redisTagStore({ url: redis.url, maxPostings: 3 });
    const jobs = Array.from({ length: 8 }, () => someJob());
    for (const [n, job] of jobs.entries()) await apply(job, { full: (n + 1) / 10 }, small);
    expect(await repair(50, small)).toMatchObject({ mended: 0, removed: 0 });
    expect(await redis.command('ZCARD tag:{full}')).toBe('3');
    expect((await urlsOf('full')).toSorted()).toEqual(
      jobs
        .slice(5)
        .map(({ url }) => url)
        .toSorted(),
    );
    await small.close();
  });

  it('takes bounded steps, and another holder goes on where the first one was lost', async () => {
    const jobs = Array.from({ length: 300 }, () => someJob());
    await Promise.all(
      jobs.map(async (job) => {
        await apply(job, { common: 0.5 });
      }),
    );
    const gone = jobs.slice(0, 150);
    await Promise.all(
      gone.map(async ({ urlHash }) => {
        await redis.command(`DEL url:{${urlHash}}`);
      }),
    );
    let [steps, removed] = [0, 0];
    for (let done = false; !done && steps < 500; steps += 1) {
      // Each step is somebody else's, as if every holder died after one: the lease is over at once.
      const step = await store.repairStep({ holder: `holder-${String(steps)}`, leaseMs: 0, limit: 20 });
      if (step.kind !== 'stepped') throw new TypeError('The lease was not over');
      // SCAN may give a few more than it was asked for.
      expect(step.scanned).toBeLessThan(120);
      removed += step.removed;
      ({ done } = step);
    }
    expect(steps).toBeGreaterThan(10);
    expect(removed).toBe(150);
    expect(await redis.command('ZCARD tag:{common}')).toBe('150');
  });

  it('takes any text for a place reached, and then begins anew', async () => {
    await apply(someJob(), { a: 1 });
    for (const text of [
      'nonsense',
      '{"scan":"x","tags":[],"rank":0}',
      '{"scan":"0","tags":{},"rank":0}',
      '[]',
      'null',
    ]) {
      await redis.command(`HSET repair place '${text}'`);
      expect(await repair()).toMatchObject({ mended: 0, removed: 0 });
    }
  });

  it('does not undo what a worker applies meanwhile', async () => {
    const target = someJob();
    const running = { on: true };
    const repairing = (async () => {
      while (running.on) await repair(10);
    })();
    for (let nth = 0; nth < 60; nth += 1) await apply(someJob(target), { [nth % 2 === 0 ? 'even' : 'odd']: 0.5 });
    running.on = false;
    await repairing;
    expect(await urlsOf('odd')).toEqual([target.url]);
    expect(await redis.command('EXISTS tag:{even}')).toBe('0');
  });

  it('is also done by those who read: postings of records whose time is over go when they are met', async () => {
    const job = someJob();
    await apply(job, { met: 0.5 });
    await redis.command(`DEL url:{${job.urlHash}}`);
    expect(await urlsOf('met')).toEqual([]);
    await expect.poll(async () => await redis.command('EXISTS tag:{met}')).toBe('0');
  });
});
