import type { JobError } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START, problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';
const timeout: JobError = { code: 'FETCH_TIMEOUT', detail: 'It took too long.' };
const empty: JobError = { code: 'PAGE_EMPTY', detail: 'There is no text.' };

const failWith = (error: JobError) => test.compute((request) => test.fail(request, error));

describe('a page that failed a short while ago', () => {
  it('is not computed again at once: the answer repeats why, and says from when on it may be asked again', async () => {
    await failWith(timeout);
    expect((await test.tagsOf(bees)).statusCode).toBe(502);
    test.at(5_000);
    const again = await test.tagsOf(bees);
    expect(again.statusCode).toBe(502);
    expect(again.headers['retry-after']).toBe('10');
    expect(problemIn(again)).toMatchObject({
      code: 'FETCH_TIMEOUT',
      detail: 'It took too long.',
      job: test.requests[0]!.jobId,
      retryAt: new Date(START + 15_000).toISOString(),
    });
    expect(test.requests).toHaveLength(1);
  });

  it('is computed again when the time has come, and held back longer if it fails again', async () => {
    await failWith(timeout);
    await test.tagsOf(bees);
    test.at(15_001);
    await test.tagsOf(bees);
    expect(test.requests).toHaveLength(2);
    test.at(15_001 + 29_000);
    expect((await test.tagsOf(bees)).headers['retry-after']).toBe('1');
    expect(test.requests).toHaveLength(2);
    test.at(15_001 + 30_001);
    await test.tagsOf(bees);
    expect(test.requests).toHaveLength(3);
  });

  it('is held back also where nobody waited for its job, and by every way of asking', async () => {
    await failWith(empty);
    await test.tagsOf(bees, { prefer: 'respond-async' });
    await expect.poll(async () => (await test.store.readJob(test.requests[0]?.jobId ?? ''))?.status).toBe('failed');
    for (const prefer of ['respond-async', 'wait=1']) {
      const answer = await test.tagsOf(bees, { prefer });
      expect(answer.statusCode).toBe(422);
      expect(answer.headers['retry-after']).toBe('600');
    }
    const batch = await test.post('/v1/tags:batch', { urls: [bees] });
    expect(batch.json()).toMatchObject({ items: [{ status: 422, problem: { code: 'PAGE_EMPTY' } }] });
    expect(test.requests).toHaveLength(1);
  });

  it('begins with a clean slate after a success', async () => {
    let broken = true;
    await test.compute((request) => (broken ? test.fail(request, timeout) : test.succeed(request)));
    await test.tagsOf(bees);
    broken = false;
    test.at(15_001);
    expect((await test.tagsOf(bees)).statusCode).toBe(200);
    broken = true;
    test.at(15_001 + 700_000);
    expect((await test.tagsOf(bees)).statusCode).toBe(502);
    expect((await test.tagsOf(bees)).headers['retry-after']).toBe('15');
  });

  it('whose record is stale is answered from it, and not computed again either', async () => {
    await test.seed(bees);
    await failWith(timeout);
    test.at(61_000);
    expect((await test.tagsOf(bees)).json()).toMatchObject({ stale: true });
    await expect.poll(() => test.requests.length).toBe(1);
    await expect.poll(async () => (await test.store.readJob(test.requests[0]!.jobId))?.status).toBe('failed');
    test.at(70_000);
    expect((await test.tagsOf(bees)).json()).toMatchObject({ stale: true });
    expect(test.requests).toHaveLength(1);
    test.at(61_000 + 15_001);
    await test.tagsOf(bees);
    await expect.poll(() => test.requests.length).toBe(2);
  });

  it('is computed for everybody else: another page of the same host is not held back', async () => {
    await failWith(timeout);
    await test.tagsOf(bees);
    await test.tagsOf(`${bees}/others`);
    expect(test.requests).toHaveLength(2);
  });
});

describe('a job that failed through no fault of the page', () => {
  it('does not keep the page from being computed', async () => {
    test.broker.setAvailable(false);
    expect((await test.tagsOf(bees)).statusCode).toBe(503);
    test.broker.setAvailable(true);
    await test.compute(test.succeed);
    expect((await test.tagsOf(bees)).statusCode).toBe(200);
  });
});

describe('a stale page that is asked for again and again', () => {
  it('is looked at once in two seconds for whether it is being made anew', async () => {
    await test.seed(bees);
    test.at(61_000);
    let claims = 0;
    const claim = test.store.claimJob.bind(test.store);
    test.store.claimJob = (request) => {
      claims += 1;
      return claim(request);
    };
    for (let times = 0; times < 10; times += 1) await test.tagsOf(bees);
    expect(claims).toBe(1);
    test.at(63_001);
    await test.tagsOf(bees);
    expect(claims).toBe(2);
  });
});
