import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TAG_PAGE_MAX } from './cursor.ts';
import { InvalidCursor } from './errors.ts';
import type { JobReference, TagStore } from './port.ts';
import { claimOf, pageOf, someJob, someUrl } from './tag-store.samples.ts';

/** Texts that mean something to somebody on the way: scripts, JSON, keys, the protocol, JavaScript. */
const oddTags = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  ' ',
  '}{',
  'tag:{x}',
  'a}:{b',
  '*',
  '[a-z]*',
  "'; return redis.call('FLUSHALL') --",
  '$(reboot)',
  '\r\n*1\r\n$8\r\nFLUSHALL\r\n',
  'nul\u0000inside',
  'half a pair \ud83d',
  '\udc00',
  '🦊',
  'e\u0301',
  'İ',
  '\u202eright to left',
  '-inf',
  'nan',
  '0x10',
  'null',
  '[]',
];

/** Cases of {@link tagStoreContract} about values that were made to do harm, and about messages that come again or out of turn. */
export function hostileStoreContract(connect: () => TagStore): void {
  let store: TagStore;

  beforeEach(() => {
    store = connect();
  });
  afterEach(async () => {
    await store.close();
  });

  const apply = async (job: JobReference, tags: Record<string, number>): Promise<string> =>
    (await store.apply({ ...job, page: pageOf(job, tags) })).kind;
  const bears = async (tag: string, job: JobReference): Promise<boolean> => {
    let cursor: string | undefined;
    for (let page = 0; page < 100; page += 1) {
      const found = await store.urlsOfTag(tag, { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      if (found.urls.some(({ url }) => url === job.url)) return true;
      if (found.cursor === undefined) return false;
      ({ cursor } = found);
    }
    return false;
  };
  const end = async (job: JobReference, way: 'apply' | 'fail', tag: string): Promise<void> => {
    if (way === 'apply') await apply(job, { [tag]: 0.5 });
    else await store.fail(job, { code: 'FETCH_DNS', detail: '' });
  };

  describe('an odd tag', () => {
    it.each(oddTags)('is kept, found and taken away as any other: %j', async (tag) => {
      const job = someJob();
      const page = { ...pageOf(job, {}), tags: [{ tag, score: 0.5, evidence: [tag] }] };
      expect(await store.apply({ ...job, page })).toEqual({ kind: 'applied' });
      expect(await bears(tag, job)).toBe(true);
      expect(await store.readPage(job.urlHash)).toEqual(page);
      await apply(someJob(job), {});
      expect(await bears(tag, job)).toBe(false);
    });

    it('of many, all odd at once, is kept apart from the others', async () => {
      const job = someJob();
      const own = oddTags.map((tag) => `${randomUUID().slice(0, 8)}${tag}`);
      await store.apply({
        ...job,
        page: { ...pageOf(job, {}), tags: own.map((tag) => ({ tag, score: 1, evidence: [] })) },
      });
      for (const tag of own) expect(await bears(tag, job)).toBe(true);
      expect(await bears(own[0]!.slice(0, -1), job)).toBe(false);
    });
  });

  describe('a huge wish', () => {
    it.each([Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, 1e9])(
      'for a page of %d is cut to the most',
      async (limit) => {
        const tag = randomUUID();
        const jobs = Array.from({ length: TAG_PAGE_MAX + 3 }, () => someJob());
        await Promise.all(jobs.map(async (job) => await apply(job, { [tag]: 0.5 })));
        const { urls, cursor } = await store.urlsOfTag(tag, { limit });
        expect(urls).toHaveLength(TAG_PAGE_MAX);
        expect(cursor).toBeDefined();
      },
    );

    it.each([0, -1, Number.NaN, 0.2])('for a page of %d gives one entry', async (limit) => {
      const [job, tag] = [someJob(), randomUUID()];
      await apply(job, { [tag]: 0.5 });
      expect((await store.urlsOfTag(tag, { limit })).urls).toHaveLength(1);
    });

    it('of a page with all the tags and evidence that there may be is kept whole', async () => {
      const job = someJob();
      const evidence = Array.from({ length: 16 }, () => 'e'.repeat(200));
      const tags = Array.from({ length: 256 }, (_, n) => ({
        tag: `${String(n)}-${randomUUID()}`,
        score: n / 256,
        evidence,
      }));
      expect(await store.apply({ ...job, page: { ...pageOf(job, {}), tags } })).toEqual({ kind: 'applied' });
      expect((await store.readPage(job.urlHash))?.tags).toEqual(tags);
      expect(await bears(tags[255]!.tag, job)).toBe(true);
    });
  });

  describe('a forged cursor', () => {
    it.each([
      '',
      'a',
      'NaN:'.padEnd(36, '0'),
      `${'9'.repeat(400)}:${'0'.repeat(32)}`,
      `1:${'g'.repeat(32)}`,
      '{"score":1}',
      '1:',
    ])('is refused: %j', async (text) => {
      const cursor = Buffer.from(text).toString('base64url');
      await expect(store.urlsOfTag('a', { limit: 1, cursor })).rejects.toBeInstanceOf(InvalidCursor);
    });
  });

  describe('messages that come again, or out of turn', () => {
    it('leave one effect a job: the first end of each job counts, and the newest result of a URL stays', async () => {
      const step = fc.record({ job: fc.nat({ max: 3 }), way: fc.constantFrom('apply' as const, 'fail' as const) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          const target = someUrl();
          const jobs = Array.from({ length: 4 }, () => ({ job: someJob(target), tag: randomUUID() }));
          const ended = new Map<number, 'apply' | 'fail'>();
          for (const { job, way } of steps) {
            await end(jobs[job]!.job, way, jobs[job]!.tag);
            if (!ended.has(job)) ended.set(job, way);
          }
          const newest = Math.max(-1, ...Array.from(ended).flatMap(([job, way]) => (way === 'apply' ? [job] : [])));
          expect((await store.readPage(target.urlHash))?.jobId).toBe(jobs[newest]?.job.jobId);
          for (const [index, { job, tag }] of jobs.entries()) {
            const status = (await store.readJob(job.jobId))?.status;
            const way = ended.get(index);
            expect(status).toBe(way === undefined ? undefined : way === 'apply' ? 'done' : 'failed');
            expect(await bears(tag, job)).toBe(index === newest);
          }
        }),
        { numRuns: 25 },
      );
    });

    it('do not begin a job anew that has ended, nor count another attempt', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      await store.startAttempt(job);
      await apply(job, {});
      expect(await store.startAttempt(job)).toMatchObject({ kind: 'finished', job: { attempts: 1, status: 'done' } });
      await store.returnAttempt(job);
      await store.confirmQueued(job.jobId);
      expect(await store.readJob(job.jobId)).toMatchObject({ attempts: 1, status: 'done' });
    });
  });

  describe('jobs of different URLs', () => {
    it('do not touch each other, whatever happens to one of them', async () => {
      const [tag, quiet] = [randomUUID(), someJob()];
      await store.claimJob(claimOf(quiet));
      await store.startAttempt(quiet);
      const before = await store.readJob(quiet.jobId);
      const loud = Array.from({ length: 20 }, () => someJob());
      await Promise.all(
        loud.map(async (job, n) => {
          await store.claimJob(claimOf(job));
          await store.startAttempt(job);
          await end(job, n % 2 === 0 ? 'apply' : 'fail', tag);
        }),
      );
      expect(await store.readJob(quiet.jobId)).toEqual(before);
      expect(await store.readPage(quiet.urlHash)).toBeUndefined();
      expect(await store.claimJob(claimOf(someJob(quiet)))).toMatchObject({ kind: 'joined', jobId: quiet.jobId });
      expect((await store.urlsOfTag(tag, { limit: 100 })).urls).toHaveLength(10);
    });
  });
}
