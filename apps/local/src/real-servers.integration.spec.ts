import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startKafka, startRedis } from '@tagservice/testbed';
import type { TestKafka, TestRedis } from '@tagservice/testbed';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startRealApi, startRealCompute, startSite } from '../test/real-service.ts';
import { createTopics } from '../test/topics.ts';

// One Kafka and one Redis of their own, because both are killed here.
let kafka: TestKafka;
let redis: TestRedis;
let site: Awaited<ReturnType<typeof startSite>>;
let api: Awaited<ReturnType<typeof startRealApi>>;
let compute: Awaited<ReturnType<typeof startRealCompute>>;
let prefix: string;

const soon = { timeout: 40_000, interval: 100 };

/** A compressed sitemap of 30 pages of the site. */
function answerSitemap(path: string, response: ServerResponse): boolean {
  if (path !== '/sitemap.xml.gz') return false;
  const entry = (n: number): string => `<url><loc>${site.url}/crawled/${String(n)}</loc></url>`;
  const text = `<urlset>${Array.from({ length: 30 }, (_, n) => entry(n)).join('')}</urlset>`;
  response.writeHead(200, { 'content-type': 'application/gzip' }).end(gzipSync(text));
  return true;
}

beforeAll(async () => {
  [kafka, redis, site] = await Promise.all([startKafka(), startRedis({ appendonly: true }), startSite(answerSitemap)]);
  const servers = { kafka: kafka.address, redis: redis.url };
  prefix = await createTopics(kafka.address);
  api = await startRealApi(servers, prefix);
  compute = await startRealCompute(servers, prefix);
  await vi.waitFor(() => {
    expect(compute.compute.progress()?.assigned).toBe(3);
  }, soon);
});
afterAll(async () => {
  await compute.close();
  await api.close();
  site.close();
  await Promise.all([kafka.stop(), redis.stop()]);
});

describe('API and compute on a real Kafka and a real Redis', () => {
  it('tag a page that nobody has asked for, and answer again from what they know', async () => {
    const page = `${site.url}/new`;
    const first = await api.tagsOf(page);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ url: page, title: 'Honey bees', language: 'en' });
    const again = await api.tagsOf(page);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(site.asked.filter((path) => path === '/new')).toHaveLength(1);
  });

  it('write the same trace into both logs', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await api.tagsOf(`${site.url}/traced`, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const traced = (log: Record<string, unknown>[], message: string) =>
      log.filter((line) => line['trace_id'] === traceId && line['msg'] === message).length;
    await expect.poll(() => traced(api.log(), 'answered'), soon).toBe(1);
    await expect.poll(() => traced(compute.log(), 'job ended'), soon).toBe(1);
  });

  it('answer all of many callers with one computation a page', async () => {
    const pages = Array.from({ length: 20 }, (_, index) => `${site.url}/many/${String(index)}`);
    // An instance that has not learnt yet how much it can do refuses a part of so many at once; who is refused asks again.
    const statusOf = async (page: string): Promise<number> => (await api.tagsOf(page)).status;
    await Promise.all([...pages, ...pages].map((page) => expect.poll(() => statusOf(page), soon).toBe(200)));
    expect(site.asked.filter((path) => path.startsWith('/many/'))).toHaveLength(20);
  });
});

describe('a crawl', () => {
  it('has all pages of a sitemap tagged, goes on when compute is replaced meanwhile, and is planned again', async () => {
    const planned = await api.post('/v1/crawls', { sitemap: `${site.url}/sitemap.xml.gz`, every: '1h' });
    expect(planned.status, JSON.stringify(planned.body)).toBe(201);
    const path = `/v1/crawls/${String(planned.body['id'])}`;
    const crawl = async (): Promise<Record<string, unknown>> => (await api.get(path)).body;
    await expect
      .poll(() => site.asked.filter((asked) => asked.startsWith('/crawled/')).length, soon)
      .toBeGreaterThan(4);
    await compute.close();
    compute = await startRealCompute({ kafka: kafka.address, redis: redis.url }, prefix);
    await expect.poll(async () => (await crawl())['status'], soon).toBe('waiting');
    expect(await crawl()).toMatchObject({ runs: 1, pages: { found: 30, failed: 0, left: 0 } });
    const startedAt = Date.parse(String((await crawl())['startedAt']));
    expect(Date.parse(String((await crawl())['nextAt'])) - startedAt).toBe(3_600_000);
    expect((await api.tagsOf(`${site.url}/crawled/29`)).status).toBe(200);
  }, 120_000);
});

describe('when Kafka dies', () => {
  it('known pages are answered, others refused, and all is well by itself when it is back', async () => {
    await api.tagsOf(`${site.url}/known`);
    await kafka.kill();
    const refused = await api.tagsOf(`${site.url}/unknown`);
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await api.tagsOf(`${site.url}/known`)).status).toBe(200);
    await kafka.restart();
    await expect.poll(async () => (await api.tagsOf(`${site.url}/unknown`)).status, soon).toBe(200);
    expect(compute.crashes).toEqual([]);
  }, 120_000);
});

describe('when Redis dies', () => {
  it('pages that the instance knows are answered, others refused, and all is well when it is back', async () => {
    await api.tagsOf(`${site.url}/remembered`);
    await redis.kill();
    const refused = await api.tagsOf(`${site.url}/forgotten`);
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await api.tagsOf(`${site.url}/remembered`)).status).toBe(200);
    await redis.restart();
    await expect.poll(async () => (await api.tagsOf(`${site.url}/forgotten`)).status, soon).toBe(200);
    expect(compute.crashes).toEqual([]);
  }, 120_000);
});
