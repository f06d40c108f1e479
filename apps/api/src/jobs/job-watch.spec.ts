import { newJobId } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START, hashOf, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { JobWatch } from './job-watch.ts';

let test: TestApi;
let watch: JobWatch;
const url = 'https://example.org/bees';
const job = { jobId: newJobId(hashOf(url)), url, urlHash: hashOf(url), acceptedAt: new Date(START).toISOString() };
const nobodyHangsUp = new AbortController().signal;

beforeEach(async () => {
  test = await startTestApi();
  watch = test.api.app.get(JobWatch);
  await test.store.claimJob({ ...job, leaseMs: 1_000 });
});
afterEach(() => test.close());

describe('waiting for a job', () => {
  it('ends at once with a job that nobody knows', async () => {
    expect(await watch.wait(newJobId(hashOf(url)), { deadline: START + 5_000, signal: nobodyHangsUp })).toBeUndefined();
  });

  it('ends at once when the time is over already', async () => {
    expect(await watch.wait(job.jobId, { deadline: START, signal: nobodyHangsUp })).toMatchObject({ status: 'queued' });
  });

  it('ends when the job does, for everybody who waits', async () => {
    const waiting = [1, 2, 3].map(() => watch.wait(job.jobId, { deadline: START + 60_000, signal: nobodyHangsUp }));
    await test.store.fail(job, { code: 'FETCH_DNS', detail: 'No address.' });
    await test.store.wake('demo-api-0', job.jobId);
    for (const ended of await Promise.all(waiting)) expect(ended).toMatchObject({ status: 'failed' });
  });

  it('ends when the caller hangs up', async () => {
    const caller = new AbortController();
    const waiting = watch.wait(job.jobId, { deadline: START + 60_000, signal: caller.signal });
    caller.abort();
    expect(await waiting).toMatchObject({ status: 'queued' });
  });

  it('goes on while the store is away, and tells the truth when it is away at the end', async () => {
    test.store.setAvailable(false);
    const waiting = watch.wait(job.jobId, { deadline: START + 60_000, signal: nobodyHangsUp });
    const outcome = waiting.then(
      () => 'answered',
      (error: unknown) => (error as Error).name,
    );
    test.at(60_001);
    expect(await outcome).toBe('StoreUnavailable');
  });
});
