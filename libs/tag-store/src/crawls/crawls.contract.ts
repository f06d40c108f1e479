import { randomBytes, randomUUID } from 'node:crypto';
import type { CrawlDocument } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Crawls } from './port.ts';

let made = 0;

/** A crawl of its own; each was made a second after the one before. */
export function crawlOf(over: Partial<CrawlDocument>): CrawlDocument {
  made += 1;
  return {
    id: randomBytes(16).toString('hex'),
    tenant: 'acme',
    urls: ['https://example.org/“ü”'],
    limit: 1_000,
    freshMs: 60_000,
    status: 'waiting',
    createdAt: new Date(Date.UTC(2026, 2, 1) + made * 1_000).toISOString(),
    runs: 0,
    ...over,
  };
}

/** The behaviour of every store of crawls. `connect` gives a client of its own to one and the same store, which holds three of a tenant. */
export function crawlsContract(connect: () => Crawls): void {
  let crawls: Crawls;
  let other: Crawls;
  let tenant: string;

  beforeEach(() => {
    crawls = connect();
    other = connect();
    tenant = `tenant {${randomUUID()}}`;
  });
  afterEach(async () => {
    await Promise.all([crawls.close(), other.close()]);
  });

  const add = async (over: Partial<CrawlDocument> = {}): Promise<CrawlDocument> => {
    const crawl = crawlOf({ tenant, ...over });
    expect(await crawls.add(crawl)).toBe('kept');
    return crawl;
  };

  describe('a crawl', () => {
    it('is read by everybody as it was kept, and listed with the newest first', async () => {
      const first = await add();
      const second = await add({ sitemap: 'https://example.org/sitemap.xml', every: '7d' });
      expect(await other.get(tenant, first.id)).toEqual(first);
      expect(await other.list(tenant)).toEqual([second, first]);
    });

    it('belongs to its tenant alone', async () => {
      const crawl = await add();
      expect(await other.get(`${tenant} too`, crawl.id)).toBeUndefined();
      expect(await other.list(`${tenant} too`)).toEqual([]);
      expect(await other.remove(`${tenant} too`, crawl.id)).toBe(false);
    });

    it('says what has become of it', async () => {
      const crawl = await add();
      const pages = { found: 3, known: 1, tagged: 0, failed: 0, left: 2 };
      expect(await other.update({ ...crawl, status: 'running', runs: 1, pages })).toBe(true);
      expect(await crawls.get(tenant, crawl.id)).toEqual({ ...crawl, status: 'running', runs: 1, pages });
    });

    it('that was taken away does not come back by what became of it', async () => {
      const crawl = await add();
      expect(await other.remove(tenant, crawl.id)).toBe(true);
      expect(await crawls.update({ ...crawl, status: 'done' })).toBe(false);
      expect(await crawls.get(tenant, crawl.id)).toBeUndefined();
      expect(await crawls.remove(tenant, crawl.id)).toBe(false);
    });

    it('that ended first makes room for a new one', async () => {
      const repeated = await add({ every: '1h' });
      const later = await add({ status: 'done', endedAt: '2026-03-02T00:00:00.000Z' });
      const sooner = await add({ status: 'failed', endedAt: '2026-03-01T00:00:00.000Z' });
      const next = await add();
      expect(await other.list(tenant)).toEqual([next, later, repeated]);
      expect(await other.get(tenant, sooner.id)).toBeUndefined();
    });

    it('finds no room where all others are waiting or under way', async () => {
      for (const status of ['waiting', 'running', 'waiting'] as const) await add({ status });
      const surplus = crawlOf({ tenant });
      expect(await other.add(surplus)).toBe('full');
      expect(await crawls.get(tenant, surplus.id)).toBeUndefined();
      expect(await other.list(tenant)).toHaveLength(3);
    });

    it('finds no more room than there is, however many come at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? crawls : other).add(crawlOf({ tenant }))),
      );
      expect(answers.filter((answer) => answer === 'kept')).toHaveLength(3);
      expect(await crawls.list(tenant)).toHaveLength(3);
    });
  });
}
