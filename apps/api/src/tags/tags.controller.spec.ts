import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newJobId } from '@tagservice/contracts';
import { hashOf, problemIn, START, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { startTokenApi } from '../../test/token-api.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';

describe('asking for the tags of a page that is known', () => {
  it('answers at once, with what caches need', async () => {
    await test.seed(bees);
    test.at(5_400);
    const answer = await test.tagsOf(bees);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      url: bees,
      title: 'Bees',
      language: 'en',
      tags: [{ tag: 'bees', score: 0.9, evidence: ['title'] }],
      taggedAt: '2026-03-01T12:00:00.000Z',
    });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      age: '5',
      'cache-control': 'public, max-age=60, stale-while-revalidate=600',
    });
    expect(answer.headers['etag']).toMatch(/^"[0-9a-f]{16}"$/);
    expect(test.requests).toEqual([]);
  });

  it('lets no cache on the way give to others what needs a token', async () => {
    await test.close();
    const several = await startTokenApi();
    test = several;
    await test.seed(bees);
    const answer = await test.tagsOf(bees, await several.as({ tenant: 'garden' }));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('private, max-age=60, stale-while-revalidate=600');
  });

  it('finds it under every spelling of its address', async () => {
    await test.seed(bees);
    for (const spelling of [
      'HTTPS://EXAMPLE.org:443/bees',
      'https://example.org/bees#hive',
      'https://example.org/x/../bees?utm_source=a',
    ]) {
      expect((await test.tagsOf(spelling)).json()).toMatchObject({ url: bees });
    }
  });

  it('sends nothing again to those who have it', async () => {
    await test.seed(bees);
    const etag = String((await test.tagsOf(bees)).headers['etag']);
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await test.tagsOf(bees, { 'if-none-match': header });
      expect(answer.statusCode, header).toBe(304);
      expect(answer.body).toBe('');
      expect(answer.headers).toMatchObject({ etag, age: '0' });
    }
    expect((await test.tagsOf(bees, { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  it('answers a stale record with its age, and has it made anew', async () => {
    await test.seed(bees);
    const fresh = await test.tagsOf(bees);
    test.at(61_000);
    const answer = await test.tagsOf(bees);
    expect(answer.json()).toMatchObject({ url: bees, stale: true });
    expect(answer.headers['age']).toBe('61');
    expect(answer.headers['etag']).not.toBe(fresh.headers['etag']);
    await test.compute(test.succeed);
    await expect.poll(() => test.requests.length).toBe(1);
    await expect.poll(async () => (await test.tagsOf(bees)).headers['age']).toBe('0');
    expect((await test.tagsOf(bees)).json()).not.toHaveProperty('stale');
  });

  it('asks for it once, however many see it stale', async () => {
    await test.seed(bees);
    test.at(61_000);
    const held = Promise.withResolvers<undefined>();
    await test.compute(() => held.promise);
    await Promise.all([test.tagsOf(bees), test.tagsOf(bees), test.tagsOf(bees)]);
    await expect.poll(() => test.requests.length).toBe(1);
    held.resolve(undefined);
  });

  it('does not answer what is too old for anybody', async () => {
    await test.seed(bees);
    test.at(661_000);
    expect((await test.tagsOf(bees, { prefer: 'respond-async' })).statusCode).toBe(202);
  });
});

describe('asking for the tags of a page that is not known', () => {
  it('waits until they are made', async () => {
    await test.compute(async (request) => {
      await test.succeed(request);
      await test.store.wake(request.replyTo, request.jobId);
    });
    const answer = await test.tagsOf(bees);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ url: bees, title: 'Bees' });
    expect(test.requests).toMatchObject([{ url: bees, replyTo: 'demo-api-0' }]);
  });

  it('finds out without a wake-up too', async () => {
    await test.compute(test.succeed);
    expect((await test.tagsOf(bees)).statusCode).toBe(200);
  });

  it('computes once for all who ask at the same time', async () => {
    await test.compute(test.succeed);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => test.tagsOf(bees)));
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200, 200, 200]);
    expect(test.requests).toHaveLength(1);
  });

  it('computes nothing when the page was made between the look at it and the claim', async () => {
    const claim = test.store.claimJob.bind(test.store);
    test.store.claimJob = async (request) => {
      await test.seed(bees);
      return claim(request);
    };
    const answer = await test.tagsOf(bees);
    expect(answer.statusCode).toBe(200);
    expect(answer.json<{ tags: unknown[] }>().tags).toHaveLength(1);
    await test.compute(() => Promise.resolve());
    await test.tagsOf('https://example.org/other', { prefer: 'respond-async' });
    await expect.poll(() => test.requests.map(({ url }) => url)).toEqual(['https://example.org/other']);
  });

  it('names the job when the caller does not want to wait', async () => {
    const answer = await test.tagsOf(bees, { prefer: 'respond-async' });
    expect(answer.statusCode).toBe(202);
    const { job, location } = answer.json<{ job: { id: string }; location: string }>();
    expect(job).toMatchObject({ url: bees, status: 'queued', attempts: 0 });
    expect(location).toBe(`/v1/jobs/${job.id}`);
    expect(answer.headers).toMatchObject({
      location,
      'retry-after': '1',
      'cache-control': 'no-store',
      'preference-applied': 'respond-async',
    });
  });

  describe('of which another instance has claimed but not published the job', () => {
    const foreign = async () => {
      const job = {
        jobId: newJobId(hashOf(bees)),
        url: bees,
        urlHash: hashOf(bees),
        acceptedAt: new Date(START).toISOString(),
      };
      await test.store.claimJob({ ...job, leaseMs: 60_000 });
      return job;
    };

    it('is promised only after publishing the job under the same id', async () => {
      const job = await foreign();
      await test.compute(() => Promise.resolve());
      const answer = await test.tagsOf(bees, { prefer: 'respond-async' });
      expect(answer.statusCode).toBe(202);
      expect(answer.json<{ job: { id: string } }>().job.id).toBe(job.jobId);
      await expect.poll(() => test.requests.map(({ jobId }) => jobId)).toEqual([job.jobId]);
    });

    it('is refused while the brokers are away, without ending the other instance’s job', async () => {
      const job = await foreign();
      test.broker.setAvailable(false);
      expect((await test.tagsOf(bees, { prefer: 'respond-async' })).statusCode).toBe(503);
      expect(await test.store.readJob(job.jobId)).toMatchObject({ status: 'queued' });
    });
  });

  it('names the job when the time is over', async () => {
    const held = Promise.withResolvers<undefined>();
    await test.compute(() => held.promise);
    const waiting = test.tagsOf(bees, { prefer: 'wait=1' });
    await expect.poll(() => test.requests.length).toBe(1);
    test.at(1_001);
    const answer = await waiting;
    expect(answer.statusCode).toBe(202);
    expect(answer.headers['preference-applied']).toBe('wait=1');
    held.resolve(undefined);
  });

  it('puts the trace of the caller on the message', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers: Record<string, string>[] = [];
    await test.bus.subscribe({
      topics: ['tags.demo.tag-requests'],
      group: 'listener',
      concurrency: 1,
      handle: (message) => Promise.resolve(void headers.push({ ...message.headers })),
      onCrash: () => undefined,
    });
    await test.tagsOf(bees, { traceparent: `00-${traceId}-b7ad6b7169203331-01`, prefer: 'respond-async' });
    await expect.poll(() => headers[0]?.['traceparent']).toContain(traceId);
    expect(test.log().find((line) => line['msg'] === 'answered')).toMatchObject({ trace_id: traceId, status: 202 });
  });

  it.each([
    ['FETCH_REFUSED', 422],
    ['FETCH_TIMEOUT', 502],
    ['PAGE_EMPTY', 422],
    ['CODE_OF_A_NEWER_RELEASE', 502],
  ])('says why it could not be tagged (%s)', async (code, status) => {
    await test.compute((request) => test.fail(request, { code, detail: 'The page said no.' }));
    const answer = await test.tagsOf(bees);
    expect(answer.statusCode).toBe(status);
    expect(problemIn(answer)).toMatchObject({ detail: 'The page said no.', job: test.requests[0]!.jobId });
  });
});

describe('a URL that cannot be tagged', () => {
  it.each([
    ['/v1/tags', 400, 'URL_MISSING'],
    ['/v1/tags?url=', 400, 'URL_MISSING'],
    ['/v1/tags?url=example.org', 400, 'URL_MALFORMED'],
    ['/v1/tags?url=http%3A%2F%2Fexa%09mple.org', 400, 'URL_MALFORMED'],
    ['/v1/tags?url=ftp%3A%2F%2Fexample.org', 422, 'URL_SCHEME'],
    ['/v1/tags?url=https%3A%2F%2Fme%3Asecret%40example.org', 422, 'URL_CREDENTIALS'],
    [`/v1/tags?url=https%3A%2F%2Fexample.org%2F${'a'.repeat(2100)}`, 422, 'URL_TOO_LONG'],
    [`/v1/tags?url=https%3A%2F%2F${'a'.repeat(70)}.org`, 422, 'URL_HOST'],
    ['/v1/tags?url=https%3A%2F%2Fa.org&url=https%3A%2F%2Fb.org', 400, 'PARAMETER_INVALID'],
    ['/v1/tags?url=https://a.org/?x=1&y=2', 400, 'PARAMETER_INVALID'],
    ['/v1/tags?uri=https%3A%2F%2Fa.org', 400, 'PARAMETER_INVALID'],
  ])('%s is answered with %i %s', async (path, status, code) => {
    const answer = await test.get(path);
    expect(answer.statusCode).toBe(status);
    const problem = problemIn(answer);
    expect(problem.code).toBe(code);
    expect(problem.fix).not.toBe('');
    expect(problem.instance).toMatch(/^urn:trace:[0-9a-f]{32}$/);
    expect(test.requests).toEqual([]);
  });

  it('names the parameter that was cut off the URL, and the cure', async () => {
    const problem = problemIn(await test.get('/v1/tags?url=https://a.org/?x=1&y=2'));
    expect(problem.errors).toEqual([
      {
        pointer: 'y',
        detail: expect.stringContaining('"y"') as string,
        fix: expect.stringContaining('percent-encode') as string,
      },
    ]);
  });
});

describe('while Redis is away', () => {
  it('pages that the instance knows are still answered, fresh and stale', async () => {
    await test.seed(bees);
    await test.tagsOf(bees);
    test.store.setAvailable(false);
    expect((await test.tagsOf(bees)).statusCode).toBe(200);
    test.at(61_000);
    expect((await test.tagsOf(bees)).json()).toMatchObject({ stale: true });
  });

  it('others are refused with a time to come back, and nothing is accepted', async () => {
    test.store.setAvailable(false);
    const answer = await test.tagsOf(bees);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(problemIn(answer).code).toBe('STORE_UNAVAILABLE');
    test.store.setAvailable(true);
    await test.compute(test.succeed);
    expect((await test.tagsOf(bees)).statusCode).toBe(200);
    expect(test.requests).toHaveLength(1);
  });

  it('those who wait get their answer if it is back in time', async () => {
    const started = Promise.withResolvers<undefined>();
    await test.compute(async (request) => {
      test.store.setAvailable(false);
      started.resolve(undefined);
      await new Promise((resolve) => setImmediate(resolve));
      test.store.setAvailable(true);
      await test.succeed(request);
    });
    const answer = await test.tagsOf(bees);
    await started.promise;
    expect(answer.statusCode).toBe(200);
  });
});

describe('while Kafka is away', () => {
  it('a page that is not known is refused, and is accepted as soon as it is back', async () => {
    test.broker.setAvailable(false);
    const refused = await test.tagsOf(bees);
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(problemIn(refused).code).toBe('QUEUE_UNAVAILABLE');
    test.broker.setAvailable(true);
    await test.compute(test.succeed);
    expect((await test.tagsOf(bees)).statusCode).toBe(200);
  });

  it('those who joined the refused job are refused too, instead of being told to wait for nothing', async () => {
    test.broker.setAvailable(false);
    const answers = await Promise.all([test.tagsOf(bees), test.tagsOf(bees)]);
    expect(answers.map((answer) => problemIn(answer).code)).toEqual(['QUEUE_UNAVAILABLE', 'QUEUE_UNAVAILABLE']);
  });

  it('a stale record is answered', async () => {
    await test.seed(bees);
    test.at(61_000);
    test.broker.setAvailable(false);
    expect((await test.tagsOf(bees)).json()).toMatchObject({ stale: true });
  });
});
