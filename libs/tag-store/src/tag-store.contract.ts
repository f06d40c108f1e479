import { newJobId } from '@tagservice/contracts';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidCursor, InvalidJobId } from './errors.ts';
import type { JobReference, TagStore } from './port.ts';
import { hostileStoreContract } from './hostile.contract.ts';
import { tagListContract } from './tag-lists.contract.ts';
import { claimOf, pageOf, someJob, someUrl, type ContractOptions } from './tag-store.samples.ts';
import { upkeepContract } from './upkeep.contract.ts';

const deadline = { timeout: 10_000, interval: 5 };

/** The behaviour of every tag store. `connect` gives a client of its own to one and the same store. */
export function tagStoreContract(connect: (options?: ContractOptions) => TagStore): void {
  let store: TagStore;
  let other: TagStore;

  beforeEach(() => {
    store = connect();
    other = connect();
  });
  afterEach(async () => {
    await Promise.all([store.close(), other.close()]);
  });

  const apply = async (job: JobReference, tags: Record<string, number>): Promise<string> =>
    (await store.apply({ ...job, page: pageOf(job, tags) })).kind;

  const urlsOf = async (tag: string): Promise<string[]> =>
    (await store.urlsOfTag(tag, { limit: 100 })).urls.map(({ url }) => url);

  describe('a claim', () => {
    it('is given to one of many who ask at once, and the others join its job', async () => {
      const target = someUrl();
      const claims = await Promise.all(
        Array.from(
          { length: 20 },
          async (_, n) => await (n % 2 === 0 ? store : other).claimJob(claimOf(someJob(target))),
        ),
      );
      const claimed = claims.filter(({ kind }) => kind === 'claimed');
      expect(claimed).toHaveLength(1);
      const ids = new Set(claims.map((claim) => (claim.kind === 'joined' ? claim.jobId : claim.job.id)));
      expect(ids).toEqual(new Set([claimed[0]!.job.id]));
      expect(claims.flatMap((claim) => (claim.kind === 'joined' ? [claim.state] : []))).toEqual(
        Array(19).fill('pending'),
      );
    });

    it('makes a queued job that can be read', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      expect(await other.readJob(job.jobId)).toMatchObject({
        id: job.jobId,
        url: job.url,
        status: 'queued',
        createdAt: job.acceptedAt,
        attempts: 0,
      });
    });

    it('can be repeated by its claimer, who never heard the answer', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      expect((await store.claimJob(claimOf(job))).kind).toBe('claimed');
    });

    it('whose claimer died before publishing is passed on, under the same job id, to one asker', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job, 0));
      const next = await other.claimJob(claimOf(someJob(job)));
      expect(next).toMatchObject({ kind: 'joined', jobId: job.jobId, state: 'pending-expired' });
      const third = await other.claimJob(claimOf(someJob(job)));
      expect(third).toMatchObject({ kind: 'joined', jobId: job.jobId, state: 'pending' });
    });

    it('tells those who join that nobody has confirmed the job yet', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      const joined = await other.claimJob(claimOf(someJob(job)));
      expect(joined).toMatchObject({ kind: 'joined', jobId: job.jobId, state: 'pending' });
    });

    it('that could not be published is abandoned, and the URL is free again', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      const error = { code: 'QUEUE_UNAVAILABLE', detail: 'no broker' } as const;
      expect(await store.abandon(job, error)).toEqual({ kind: 'applied' });
      expect(await other.readJob(job.jobId)).toMatchObject({ status: 'failed', error });
      expect((await other.claimJob(claimOf(someJob(job)))).kind).toBe('claimed');
    });

    it('that somebody else has published meanwhile is not abandoned', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      await other.confirmQueued(job.jobId);
      expect(await store.abandon(job, { code: 'QUEUE_UNAVAILABLE', detail: 'no broker' })).toEqual({
        kind: 'duplicate',
      });
      expect(await other.readJob(job.jobId)).toMatchObject({ status: 'queued' });
    });

    it('outlives its lease once the job is confirmed as queued', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job, 0));
      await store.confirmQueued(job.jobId);
      expect(await other.claimJob(claimOf(someJob(job)))).toMatchObject({
        kind: 'joined',
        jobId: job.jobId,
        state: 'queued',
      });
    });

    it('tells those who join that the job runs', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      await other.startAttempt(job);
      expect(await store.claimJob(claimOf(someJob(job)))).toMatchObject({
        kind: 'joined',
        state: 'running',
        job: { attempts: 1 },
      });
    });

    it('ends with its job, done or failed', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      await apply(job, { a: 0.5 });
      const second = someJob(job);
      expect((await other.claimJob(claimOf(second))).kind).toBe('claimed');
      await store.fail(second, { code: 'FETCH_DNS', detail: 'no such host' });
      expect((await other.claimJob(claimOf(someJob(job)))).kind).toBe('claimed');
    });
  });

  describe('an attempt', () => {
    it('that was taken away before it came to an end does not count', async () => {
      const job = someJob();
      await store.startAttempt(job);
      await store.startAttempt(job);
      await other.returnAttempt(job);
      expect(await other.startAttempt(job)).toEqual({ kind: 'started', attempts: 2 });
    });

    it('of a job that has ended, or never began, cannot be taken back', async () => {
      const job = someJob();
      await store.returnAttempt(job);
      expect(await store.readJob(job.jobId)).toBeUndefined();
      await store.startAttempt(job);
      await apply(job, { a: 0.5 });
      await other.returnAttempt(job);
      expect(await store.readJob(job.jobId)).toMatchObject({ status: 'done', attempts: 1 });
    });

    it('is counted over all processes', async () => {
      const job = someJob();
      await store.claimJob(claimOf(job));
      expect(await store.startAttempt(job)).toEqual({ kind: 'started', attempts: 1 });
      expect(await other.startAttempt(job)).toEqual({ kind: 'started', attempts: 2 });
      expect(await store.readJob(job.jobId)).toMatchObject({ status: 'running', attempts: 2 });
    });

    it('of a job that the store has lost makes the job known again, and others join it', async () => {
      const job = someJob();
      expect(await store.startAttempt(job)).toEqual({ kind: 'started', attempts: 1 });
      expect(await store.readJob(job.jobId)).toMatchObject({
        url: job.url,
        status: 'running',
        createdAt: job.acceptedAt,
      });
      expect(await other.claimJob(claimOf(someJob(job)))).toMatchObject({
        kind: 'joined',
        jobId: job.jobId,
        state: 'running',
      });
    });

    it('at a job that has ended tells how it ended', async () => {
      const job = someJob();
      await store.fail(job, { code: 'PAGE_EMPTY', detail: 'nothing' });
      expect(await other.startAttempt(job)).toMatchObject({
        kind: 'finished',
        job: { status: 'failed', error: { code: 'PAGE_EMPTY' } },
      });
    });
  });

  describe('a result', () => {
    it('is read as it was written, by everybody', async () => {
      const job = someJob();
      expect(await apply(job, { grün: 0.9, 'two words': 0.25 })).toBe('applied');
      expect(await other.readPage(job.urlHash)).toEqual(pageOf(job, { grün: 0.9, 'two words': 0.25 }));
      expect(await other.readJob(job.jobId)).toMatchObject({ status: 'done' });
      expect(await urlsOf('grün')).toContain(job.url);
    });

    it('has one effect, however often it is applied', async () => {
      const job = someJob();
      await apply(job, { once: 0.5 });
      const before = await store.readJob(job.jobId);
      const kinds = await Promise.all(Array.from({ length: 20 }, async () => await apply(job, { twice: 0.7 })));
      expect(new Set(kinds)).toEqual(new Set(['duplicate']));
      expect(await store.readPage(job.urlHash)).toEqual(pageOf(job, { once: 0.5 }));
      expect(await store.readJob(job.jobId)).toEqual(before);
      expect(await urlsOf('twice')).not.toContain(job.url);
    });

    it('of a job accepted later wins, in whatever order they end', async () => {
      const target = someUrl();
      const older = someJob(target);
      const newer = someJob(target);
      const tag = `t-${randomUUID()}`;
      expect(await apply(newer, { [tag]: 0.9 })).toBe('applied');
      expect(await apply(older, { stale: 0.1 })).toBe('superseded');
      expect((await store.readPage(target.urlHash))?.jobId).toBe(newer.jobId);
      expect(await store.readJob(older.jobId)).toMatchObject({ status: 'done' });
      expect(await urlsOf(tag)).toEqual([target.url]);
      expect(await urlsOf('stale')).not.toContain(target.url);
    });

    it('replaces the tags of the result before it', async () => {
      const target = someUrl();
      const [kept, gone, fresh] = [randomUUID(), randomUUID(), randomUUID()];
      await apply(someJob(target), { [kept]: 0.1, [gone]: 0.2 });
      await apply(someJob(target), { [kept]: 0.8, [fresh]: 0.3 });
      expect(await urlsOf(gone)).toEqual([]);
      expect(await urlsOf(fresh)).toEqual([target.url]);
      expect((await store.urlsOfTag(kept, { limit: 1 })).urls[0]?.score).toBe(0.8);
    });

    it('leaves postings and record in agreement when many are applied at once', async () => {
      const target = someUrl();
      const tags = Array.from({ length: 6 }, () => randomUUID());
      const jobs = Array.from({ length: 30 }, () => someJob(target));
      await Promise.all(
        jobs.map(async (job, n) => {
          const own = Object.fromEntries(
            tags.filter((_, index) => (n >> (index % 5)) % 2 === 0).map((tag) => [tag, 0.5]),
          );
          await (n % 2 === 0 ? store : other).apply({ ...job, page: pageOf(job, own) });
        }),
      );
      const record = await store.readPage(target.urlHash);
      expect(record?.jobId).toBe(jobs.at(-1)?.jobId);
      const bearing = await Promise.all(tags.map(async (tag) => ((await urlsOf(tag)).length > 0 ? [tag] : [])));
      expect(bearing.flat().toSorted()).toEqual(record?.tags.map(({ tag }) => tag).toSorted());
    });

    it('without any tag is a result, too', async () => {
      const job = someJob();
      expect(await apply(job, {})).toBe('applied');
      expect((await store.readPage(job.urlHash))?.tags).toEqual([]);
    });

    it('is refused when it was computed under another epoch', async () => {
      const job = someJob();
      const page = pageOf(job, { a: 1 });
      expect(await store.apply({ ...job, page }, { epoch: 7 })).toEqual({ kind: 'stale-epoch', epoch: 0 });
      expect(await store.readPage(job.urlHash)).toBeUndefined();
      expect(await store.apply({ ...job, page }, { epoch: 0 })).toEqual({ kind: 'applied' });
    });
  });

  describe('a failure', () => {
    it('ends the job with its reason and keeps an earlier record', async () => {
      const target = someUrl();
      const first = someJob(target);
      await apply(first, { a: 0.5 });
      const second = someJob(target);
      expect(await store.fail(second, { code: 'FETCH_TIMEOUT', detail: '10 s' })).toEqual({ kind: 'applied' });
      expect(await other.readJob(second.jobId)).toMatchObject({
        status: 'failed',
        error: { code: 'FETCH_TIMEOUT', detail: '10 s' },
      });
      expect((await store.readPage(target.urlHash))?.jobId).toBe(first.jobId);
    });

    it('does not undo a result, nor a result a failure', async () => {
      const done = someJob();
      await apply(done, { a: 0.5 });
      expect(await store.fail(done, { code: 'FETCH_DNS', detail: '' })).toEqual({ kind: 'duplicate' });
      expect(await store.readJob(done.jobId)).toMatchObject({ status: 'done' });
      const failed = someJob();
      await store.fail(failed, { code: 'FETCH_DNS', detail: '' });
      expect(await apply(failed, { a: 0.5 })).toBe('duplicate');
      expect(await store.readPage(failed.urlHash)).toBeUndefined();
    });
  });

  describe('the URLs of a tag', () => {
    it('come best first, page by page, each once', async () => {
      const tag = `t-${randomUUID()}`;
      const scores = [0.9, 0.5, 0.5, 0.5, 0.2, 0.1, 0.7];
      const jobs = await Promise.all(
        scores.map(async (score) => {
          const job = someJob();
          await apply(job, { [tag]: score });
          return job;
        }),
      );
      const seen: { url: string; score: number }[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.urlsOfTag(tag, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.urls.length).toBeLessThanOrEqual(2);
        seen.push(...page.urls);
        cursor = page.cursor;
      } while (cursor !== undefined && seen.length < 20);
      expect(seen.map(({ score }) => score)).toEqual([0.9, 0.7, 0.5, 0.5, 0.5, 0.2, 0.1]);
      expect(new Set(seen.map(({ url }) => url))).toEqual(new Set(jobs.map(({ url }) => url)));
    });

    it('go on after an entry that has gone meanwhile', async () => {
      const tag = `t-${randomUUID()}`;
      const jobs = [0.9, 0.8, 0.7].map((score) => ({ score, job: someJob() }));
      for (const { score, job } of jobs) await apply(job, { [tag]: score });
      const first = await store.urlsOfTag(tag, { limit: 2 });
      await apply(someJob(jobs[1]!.job), { elsewhere: 0.5 });
      const rest = await store.urlsOfTag(tag, { limit: 2, cursor: first.cursor! });
      expect(rest.urls.map(({ url }) => url)).toEqual([jobs[2]!.job.url]);
    });

    it('are found whatever the case of the tag, once, by its best score; the record keeps the tag as it was', async () => {
      const id = randomUUID();
      const job = someJob();
      await apply(job, { [`Tools Über ${id}`]: 0.4, [`TOOLS über ${id}`]: 0.6 });
      const { urls } = await store.urlsOfTag(`tools U\u0308BER ${id}`, { limit: 10 });
      expect(urls.map(({ url, score }) => [url, score])).toEqual([[job.url, 0.6]]);
      expect((await store.readPage(job.urlHash))?.tags[0]?.tag).toBe(`Tools Über ${id}`);
      await apply(someJob(job), {});
      expect(await urlsOf(`tools über ${id}`)).toEqual([]);
    });

    it('are bounded: the best stay', async () => {
      const small = connect({ maxPostings: 3 });
      const tag = `t-${randomUUID()}`;
      for (const score of [0.3, 0.9, 0.1, 0.5, 0.7]) {
        const job = someJob();
        await small.apply({ ...job, page: pageOf(job, { [tag]: score }) });
      }
      expect((await small.urlsOfTag(tag, { limit: 10 })).urls.map(({ score }) => score)).toEqual([0.9, 0.7, 0.5]);
      await small.close();
    });

    it('of an unknown tag are none', async () => {
      expect(await store.urlsOfTag(randomUUID(), { limit: 10 })).toEqual({ urls: [], cursor: undefined });
    });

    it('are refused for a cursor that nobody gave out', async () => {
      await expect(store.urlsOfTag('a', { limit: 1, cursor: 'nonsense' })).rejects.toBeInstanceOf(InvalidCursor);
    });
  });

  tagListContract({ store: () => store, other: () => other });

  describe('a wake-up', () => {
    it('reaches every listener of its instance, and no other', async () => {
      const [mine, theirs]: [string[], string[]] = [[], []];
      const instance = randomUUID();
      const end = await store.onWake(instance, (jobId) => {
        mine.push(jobId);
      });
      const endOther = await store.onWake(randomUUID(), (jobId) => {
        theirs.push(jobId);
      });
      await store.wake(instance, 'a');
      await store.wake(instance, 'b');
      await vi.waitFor(() => {
        expect(mine).toEqual(['a', 'b']);
      }, deadline);
      await end();
      await store.wake(instance, 'c');
      await store.ping();
      expect([mine, theirs]).toEqual([['a', 'b'], []]);
      await endOther();
    });
  });

  upkeepContract({ store: () => store, other: () => other, connect, apply, urlsOf });
  hostileStoreContract(connect);

  describe('what is not there or not valid', () => {
    it('is undefined when read', async () => {
      expect(await store.readPage('0'.repeat(32))).toBeUndefined();
      expect(await store.readJob(newJobId('0'.repeat(32)))).toBeUndefined();
      expect(await store.readJob('../../etc/passwd')).toBeUndefined();
    });

    it('is refused when written: a job id of another URL', async () => {
      const job = { ...someJob(), jobId: newJobId('f'.repeat(32)) };
      await expect(store.claimJob(claimOf(job))).rejects.toBeInstanceOf(InvalidJobId);
      await expect(apply(job, {})).rejects.toBeInstanceOf(InvalidJobId);
      await expect(store.startAttempt(job)).rejects.toBeInstanceOf(InvalidJobId);
      await expect(store.confirmQueued('nonsense')).rejects.toBeInstanceOf(InvalidJobId);
    });
  });
}
