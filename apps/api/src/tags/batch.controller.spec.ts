import { BATCH_MAX_URLS, batchAnswerSchema } from '@tagservice/contracts';
import type { BatchAnswer } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const page = (name: string) => `https://example.org/${name}`;

async function batch(urls: readonly string[], headers: Record<string, string> = {}): Promise<BatchAnswer> {
  const answer = await test.post('/v1/tags:batch', { urls }, headers);
  expect(answer.statusCode, answer.body).toBe(200);
  return batchAnswerSchema.parse(answer.json());
}

describe('asking for the tags of many pages', () => {
  it('answers each for itself and in order: known, under way, refused, failed', async () => {
    await test.seed(page('known'));
    await test.compute(async (request) => {
      if (request.url === page('broken')) await test.fail(request, { code: 'FETCH_DNS', detail: 'No address.' });
    });
    const urls = [page('slow'), 'ftp://example.org/', page('known'), page('broken')];
    const waiting = batch(urls, { prefer: 'wait=1' });
    await expect.poll(() => test.requests.length).toBe(2);
    await expect.poll(async () => (await test.store.readJob(test.requests[1]!.jobId))?.status).toBe('failed');
    test.at(1_001);
    const { items } = await waiting;
    expect(items.map(({ url }) => url)).toEqual(urls);
    expect(items.map(({ status }) => status)).toEqual([202, 422, 200, 502]);
    expect(items[0]?.accepted).toMatchObject({ location: expect.stringContaining('/v1/jobs/') as string });
    expect(items[1]?.problem).toMatchObject({ code: 'URL_SCHEME', status: 422 });
    expect(items[2]?.page).toMatchObject({ url: page('known'), title: 'Bees' });
    expect(items[3]?.problem).toMatchObject({ code: 'FETCH_DNS', job: expect.any(String) as string });
  });

  it('looks once for a page that is named twice, however it is spelled', async () => {
    await test.compute(test.succeed);
    const { items } = await batch([page('a'), `${page('a')}#part`, 'HTTPS://EXAMPLE.ORG/a?utm_source=x', page('b')]);
    expect(items.map(({ page: found }) => found?.url)).toEqual([page('a'), page('a'), page('a'), page('b')]);
    expect(test.requests.map(({ url }) => url).sort()).toEqual([page('a'), page('b')]);
  });

  it('waits for all of them together no longer than for one', async () => {
    const urls = Array.from({ length: 20 }, (_, index) => page(String(index)));
    const waiting = batch(urls, { prefer: 'wait=1' });
    await expect.poll(async () => (await test.registry.metrics()).includes('tagservice_api_in_flight 1')).toBe(true);
    await test.compute(() => Promise.resolve());
    await expect.poll(() => test.requests.length).toBe(20);
    test.at(1_001);
    expect((await waiting).items.map(({ status }) => status)).toEqual(Array(20).fill(202));
  });

  it('names the jobs at once for those who do not want to wait', async () => {
    const answer = await test.post('/v1/tags:batch', { urls: [page('a')] }, { prefer: 'respond-async' });
    expect(answer.headers).toMatchObject({ 'preference-applied': 'respond-async', 'cache-control': 'no-store' });
    expect(answer.json<BatchAnswer>().items[0]).toMatchObject({ status: 202 });
  });

  it('marks what is stale', async () => {
    await test.seed(page('old'));
    test.at(61_000);
    expect((await batch([page('old')])).items[0]?.page).toMatchObject({ stale: true });
  });

  it('tells of a lost store or broker for each page, and refuses the whole where no page can be answered', async () => {
    await test.seed(page('known'));
    await test.tagsOf(page('known'));
    test.broker.setAvailable(false);
    const { items } = await batch([page('known'), page('new')]);
    expect(items.map(({ status }) => status)).toEqual([200, 503]);
    const refused = await test.post('/v1/tags:batch', { urls: [page('x'), page('y')] });
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(problemIn(refused).code).toBe('QUEUE_UNAVAILABLE');
  });

  it('counts each page by where its answer came from', async () => {
    await test.seed(page('known'));
    await batch([page('known'), page('known'), 'nonsense'], { prefer: 'respond-async' });
    const metrics = await test.registry.metrics();
    expect(metrics).toContain('tagservice_api_answers_total{source="store"} 2');
    expect(metrics).toContain('tagservice_api_answers_total{source="failed"} 1');
  });
});

describe('a batch that cannot be read', () => {
  const tooMany = Array.from({ length: BATCH_MAX_URLS + 1 }, (_, index) => page(String(index)));

  it.each([
    ['no list', {}, '/urls'],
    ['an empty list', { urls: [] }, '/urls'],
    ['too many pages', { urls: tooMany }, '/urls'],
    ['a number among the pages', { urls: [page('a'), 7] }, '/urls/1'],
    ['a field that nobody knows', { urls: [page('a')], depth: 2 }, ''],
    ['a list instead of an object', [page('a')], ''],
    ['nothing', null, ''],
  ])('%s is pointed at, with a remedy', async (_, body, pointer) => {
    const answer = await test.post('/v1/tags:batch', body);
    expect(answer.statusCode).toBe(400);
    const problem = problemIn(answer);
    expect(problem.code).toBe('PARAMETER_INVALID');
    expect(problem.errors?.[0]).toMatchObject({ pointer, fix: expect.stringMatching(/^(Give|Leave)/) as string });
    expect(test.requests).toEqual([]);
  });

  it.each([
    ['cut off', '{"urls":["https://a.org"'],
    ['empty', ''],
    ['reaching into prototypes', '{"__proto__":{"urls":[]},"urls":["https://a.org"]}'],
    ['reaching into constructors', '{"constructor":{"prototype":{"x":1}},"urls":["https://a.org"]}'],
  ])('a body that is %s is not JSON to us', async (_, body) => {
    const answer = await test.post('/v1/tags:batch', body);
    expect(answer.statusCode).toBe(400);
    expect(problemIn(answer).code).toBe('BODY_NOT_JSON');
  });

  it('a body nested a hundred thousand deep is refused quickly', async () => {
    const began = performance.now();
    const answer = await test.post('/v1/tags:batch', `{"urls":${'['.repeat(30_000)}${']'.repeat(30_000)}}`);
    expect(answer.statusCode).toBe(400);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'a body of type %s is refused',
    async (type) => {
      const answer = await test.post('/v1/tags:batch', '{"urls":[]}', { 'content-type': type });
      expect(answer.statusCode).toBe(415);
      expect(problemIn(answer).code).toBe('UNSUPPORTED_MEDIA_TYPE');
    },
  );

  it('a body over the limit is refused', async () => {
    const answer = await test.post('/v1/tags:batch', { urls: ['a'.repeat(70_000)] });
    expect(answer.statusCode).toBe(413);
    expect(problemIn(answer).code).toBe('REQUEST_TOO_LARGE');
  });

  it('has no parameters in its query', async () => {
    const answer = await test.post('/v1/tags:batch?limit=3', { urls: [page('a')] });
    expect(problemIn(answer)).toMatchObject({ code: 'PARAMETER_INVALID', errors: [{ pointer: 'limit' }] });
  });

  it('is not asked for with GET', async () => {
    const answer = await test.get('/v1/tags:batch');
    expect(answer.statusCode).toBe(405);
    expect(answer.headers['allow']).toBe('POST');
  });
});
