import type { CrawlDocument } from '@tagservice/contracts';
import { turnMessage } from '@tagservice/crawls';
import type { FetchResult } from '@tagservice/safe-fetch';
import { afterEach, describe, expect, it } from 'vitest';
import { failure, page, startTestCompute } from '../../test/compute-harness.ts';
import type { TestCompute } from '../../test/compute-harness.ts';

const SITEMAP = 'https://example.org/sitemap.xml';
const soon = { timeout: 10_000, interval: 10 };

let test: TestCompute;
afterEach(() => test.close());

const sitemapOf = (...paths: string[]): FetchResult => ({
  ...(page as Extract<FetchResult, { ok: true }>),
  finalUrl: SITEMAP,
  contentType: 'application/xml',
  html: `<urlset>${paths.map((path) => `<url><loc>https://example.org/${path}</loc></url>`).join('')}</urlset>`,
});

async function plan(over: Partial<CrawlDocument>): Promise<() => Promise<CrawlDocument | undefined>> {
  const crawl: CrawlDocument = {
    id: 'a'.repeat(32),
    tenant: 'garden',
    limit: 10,
    freshMs: 60_000,
    status: 'waiting',
    createdAt: new Date().toISOString(),
    runs: 0,
    ...over,
  };
  await test.crawls.add(crawl);
  await test.crawlTimer.schedule(turnMessage({ tenant: crawl.tenant, id: crawl.id, run: 1 }), 0);
  return () => test.crawls.get(crawl.tenant, crawl.id);
}

describe('compute', () => {
  it('reads the sitemap of a crawl as one, has its pages tagged over the queue, and counts them', async () => {
    const wanted: (string | undefined)[] = [];
    test = await startTestCompute({
      web: (url, _nth, options) => {
        wanted.push(options.wanted);
        if (url === SITEMAP) return sitemapOf('bees', 'none');
        return url.endsWith('none') ? failure('FETCH_STATUS', false) : page;
      },
    });
    const crawl = await plan({ sitemap: SITEMAP });
    await expect.poll(async () => (await crawl())?.status, soon).toBe('done');
    expect(await crawl()).toMatchObject({ pages: { found: 2, tagged: 1, failed: 1, left: 0 } });
    expect(wanted).toEqual(['sitemap', undefined, undefined]);
    const metrics = await test.registry.metrics();
    expect(metrics).toContain('tagservice_compute_crawl_pages_total{outcome="tagged"} 1');
    expect(metrics).toContain('tagservice_compute_crawl_pages_total{outcome="failed"} 1');
  });

  it('says why a sitemap could not be fetched', async () => {
    test = await startTestCompute({ web: () => failure('FETCH_ROBOTS', false) });
    const crawl = await plan({ sitemap: SITEMAP });
    await expect.poll(async () => (await crawl())?.status, soon).toBe('failed');
    expect((await crawl())?.error).toMatchObject({ code: 'FETCH_ROBOTS' });
  });

  it('gives a run back when it stops', async () => {
    const { promise: held, resolve: free } = Promise.withResolvers<FetchResult>();
    test = await startTestCompute({ web: () => held });
    const crawl = await plan({ urls: ['https://example.org/bees'] });
    await expect.poll(() => test.fetched.length, soon).toBe(1);
    await test.compute.close();
    expect(await crawl()).toMatchObject({ status: 'running', pages: { left: 1 } });
    expect([...test.crawlSchedule.due.keys()]).toEqual([`${'a'.repeat(32)}-1`]);
    free(failure('FETCH_TIMEOUT', false));
  });
});
