import { crawlAnswerSchema, crawlsAnswerSchema } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { startTokenApi } from '../../test/token-api.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';
const sitemap = 'https://example.org/sitemap.xml';

async function planned(body: object) {
  const answer = await test.post('/v1/crawls', body);
  expect(answer.statusCode, answer.body).toBe(201);
  return { crawl: crawlAnswerSchema.parse(answer.json()), location: String(answer.headers['location']) };
}

const remove = (path: string) => test.api.app.inject({ method: 'DELETE', url: path });

describe('a crawl', () => {
  it('is planned, found at its location, and its first run is due', async () => {
    const { crawl, location } = await planned({
      urls: [`${bees}?utm_source=x`, bees, 'https://example.org/'],
      every: '7d',
    });
    expect(crawl).toMatchObject({
      urls: 2,
      every: '7d',
      status: 'waiting',
      runs: 0,
      createdAt: '2026-03-01T12:00:00.000Z',
    });
    expect((await test.get(location)).json()).toEqual(crawl);
    expect([...test.crawlSchedule.due.keys()]).toEqual([`${crawl.id}-1`]);
  });

  it('may go by a sitemap', async () => {
    const { crawl } = await planned({ sitemap: `${sitemap}#x`, limit: 50 });
    expect(crawl).toMatchObject({ sitemap, limit: 50 });
    expect(crawl).not.toHaveProperty('tenant');
  });

  it('is listed with the newest first', async () => {
    const first = await planned({ urls: [bees] });
    test.at(1_000);
    const second = await planned({ sitemap });
    const { crawls } = crawlsAnswerSchema.parse((await test.get('/v1/crawls')).json());
    expect(crawls).toEqual([second.crawl, first.crawl]);
  });

  it('can be taken away, once', async () => {
    const { location } = await planned({ urls: [bees] });
    expect((await remove(location)).statusCode).toBe(204);
    expect(problemIn(await remove(location)).code).toBe('CRAWL_NOT_FOUND');
    expect(problemIn(await test.get(location)).code).toBe('CRAWL_NOT_FOUND');
  });

  it('with an idempotency key is planned once', async () => {
    const key = { 'idempotency-key': '"c-1"' };
    const first = await test.post('/v1/crawls', { urls: [bees] }, key);
    const again = await test.post('/v1/crawls', { urls: [bees] }, key);
    expect(again.body).toBe(first.body);
    expect((await test.crawls.list('anonymous')).length).toBe(1);
  });

  it.each([
    [{}, '', 'either urls or a sitemap'],
    [{ urls: [bees], sitemap }, '', 'either urls or a sitemap'],
    [{ urls: [] }, '/urls', ''],
    [{ urls: [bees, 'ftp://example.org/', ''] }, '/urls/1', 'ftp'],
    [{ sitemap: 'nonsense' }, '/sitemap', ''],
    [{ sitemap, limit: 0 }, '/limit', ''],
    [{ sitemap, limit: 10_001 }, '/limit', ''],
    [{ sitemap, every: '9m' }, '/every', 'between 10m and 90d'],
    [{ sitemap, every: '91d' }, '/every', 'between 10m and 90d'],
    [{ sitemap, every: 'daily' }, '/every', ''],
  ])('%j is refused with the place and the reason', async (body, pointer, detail) => {
    const problem = problemIn(await test.post('/v1/crawls', body));
    expect(problem).toMatchObject({ status: 400, code: 'PARAMETER_INVALID' });
    expect(problem.errors![0]).toMatchObject({ pointer, detail: expect.stringContaining(detail) as string });
    expect(await test.crawls.list('anonymous')).toEqual([]);
  });

  it('is refused when there are as many as may be', async () => {
    const crawl = {
      tenant: 'anonymous',
      limit: 1,
      freshMs: 0,
      status: 'running',
      createdAt: '2026-03-01T12:00:00.000Z',
      runs: 1,
    } as const;
    for (let n = 0; n < 100; n += 1) await test.crawls.add({ ...crawl, id: n.toString(16).padStart(32, '0') });
    expect(problemIn(await test.post('/v1/crawls', { urls: [bees] })).code).toBe('TOO_MANY_CRAWLS');
  });

  it('is not promised when its run could not be kept', async () => {
    for (let n = 0; n < 3; n += 1) await planned({ urls: [bees] });
    expect(problemIn(await test.post('/v1/crawls', { urls: [bees] })).code).toBe('OVERLOADED');
    expect(await test.crawls.list('anonymous')).toHaveLength(3);
    test.crawls.setAvailable(false);
    expect(problemIn(await test.get('/v1/crawls')).code).toBe('STORE_UNAVAILABLE');
  });
});

describe('crawls of another tenant', () => {
  it('do not exist, and nobody may see any without the scope', async () => {
    await test.close();
    const several = await startTokenApi();
    test = several;
    const mine = await several.as({ tenant: 'garden', scope: 'crawl:write' });
    const others = await several.as({ tenant: 'kitchen', scope: 'crawl:write' });
    const made = await several.post('/v1/crawls', { urls: [bees] }, mine);
    const path = String(made.headers['location']);
    expect((await several.get(path, mine)).statusCode).toBe(200);
    expect(problemIn(await several.get(path, others)).code).toBe('CRAWL_NOT_FOUND');
    expect((await several.get('/v1/crawls', others)).json()).toEqual({ crawls: [] });
    const reader = await several.as({ tenant: 'garden', scope: 'tags:read' });
    expect(problemIn(await several.get(path, reader)).code).toBe('SCOPE_MISSING');
  });
});
