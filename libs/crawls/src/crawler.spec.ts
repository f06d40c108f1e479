import { beforeEach, describe, expect, it } from 'vitest';
import { canonical, HOUR, pageUrl, sitemapOf, START, startCrawls } from '../test/crawl-harness.ts';

const SITEMAP = 'https://a.test/sitemap.xml';
const unavailable = {
  ok: false,
  error: { code: 'FETCH_STATUS', detail: 'The host answered with status 503.' },
  retriable: true,
} as const;
const urls = (count: number): string[] => Array.from({ length: count }, (_, n) => pageUrl(n));
const isoAt = (ms: number): string => new Date(ms).toISOString();

let world: ReturnType<typeof startCrawls>;
beforeEach(() => {
  world = startCrawls();
});

describe('a crawl of given pages', () => {
  it('has each of them tagged and says what came of them', async () => {
    world.fates.set(pageUrl(1), ['failed']);
    const crawl = await world.plan({ urls: urls(3) });
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({
      ...{ status: 'done', runs: 1, startedAt: isoAt(START) },
      pages: { found: 3, known: 0, tagged: 2, failed: 1, left: 0 },
    });
    expect(world.queued).toEqual(urls(3));
    expect(world.scheduled).toEqual([]);
  });

  it('leaves those alone whose tags are fresh', async () => {
    await world.tag(canonical(pageUrl(0)), `${canonical(pageUrl(0)).hash}-0123456789abcdef`);
    world.advance(HOUR / 2);
    const crawl = await world.plan({ urls: urls(2) });
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({ pages: { known: 1, tagged: 1 } });
    expect(world.queued).toEqual([pageUrl(1)]);
  });

  it('never has more than eight of them on the queue', async () => {
    const crawl = await world.plan({ urls: urls(100) });
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({ pages: { found: 100, tagged: 100 } });
    expect(world.state.most).toBe(8);
  });

  it('waits while the queue or the store are away', async () => {
    const away = new Error('connect ECONNREFUSED');
    world.fates.set(pageUrl(0), [away, away, away]);
    const crawl = await world.plan({ urls: urls(2) });
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({ status: 'done', pages: { tagged: 2, failed: 0 } });
  });

  it('has a page made once more whose job was forgotten', async () => {
    world.fates.set(pageUrl(0), ['hold']);
    const crawl = await world.plan({ urls: urls(1) });
    const running = world.run(crawl);
    await expect.poll(() => world.jobs.size).toBe(1);
    world.jobs.clear();
    await running;
    expect(world.queued).toEqual([pageUrl(0), pageUrl(0)]);
    expect(await world.now(crawl)).toMatchObject({ pages: { tagged: 1 } });
  });
});

describe('a crawl of a sitemap', () => {
  it('takes its pages, and says what it left out', async () => {
    world.texts.set(SITEMAP, [sitemapOf(...urls(5), 'https://b.test/')]);
    const crawl = await world.plan({ sitemap: SITEMAP, limit: 4 });
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({
      status: 'done',
      pages: { found: 4, tagged: 4 },
      truncated: true,
      refused: 1,
    });
  });

  it('tries again for a while when the sitemap cannot be read now', async () => {
    world.texts.set(SITEMAP, [unavailable, unavailable, sitemapOf(pageUrl(0))]);
    const crawl = await world.plan({ sitemap: SITEMAP });
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({ status: 'done', pages: { tagged: 1 } });
  });

  it('fails with the reason when there is none', async () => {
    const crawl = await world.plan({ sitemap: SITEMAP });
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({ status: 'failed', error: { code: 'FETCH_STATUS' } });
    world.texts.set(SITEMAP, [unavailable]);
    const other = await world.plan({ sitemap: SITEMAP });
    await world.run(other);
    expect(await world.now(other)).toMatchObject({ status: 'failed', error: unavailable.error });
  });
});

describe('a crawl that begins anew', () => {
  it('is planned from beginning to beginning, and makes all its pages again', async () => {
    const crawl = await world.plan({ urls: urls(2), every: '1h' });
    await world.run(crawl);
    const first = await world.now(crawl);
    expect(first).toMatchObject({ status: 'waiting', runs: 1, nextAt: isoAt(START + HOUR) });
    expect(world.scheduled.map(({ id }) => id)).toEqual([`${crawl.id}-2`]);
    world.advance(HOUR);
    await world.run(crawl, 2);
    expect(world.queued).toHaveLength(4);
    expect(await world.now(crawl)).toMatchObject({ runs: 2, pages: { known: 0, tagged: 2 } });
  });

  it('goes on with its next run when one finds nothing', async () => {
    const crawl = await world.plan({ sitemap: SITEMAP, every: '1h' });
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({ status: 'waiting', error: { code: 'FETCH_STATUS' } });
    world.texts.set(SITEMAP, [sitemapOf(pageUrl(0))]);
    await world.run(crawl, 2);
    const second = await world.now(crawl);
    expect(second).toMatchObject({ status: 'waiting', pages: { tagged: 1 } });
    expect(second).not.toHaveProperty('error');
  });

  it('follows at once a run that took longer than its period', async () => {
    world.texts.set(SITEMAP, [unavailable, unavailable, sitemapOf(pageUrl(0))]);
    const crawl = await world.plan({ sitemap: SITEMAP, every: '1m' });
    world.advance(0);
    world.fates.set(
      pageUrl(0),
      Array.from({ length: 60 }, () => new Error('away')),
    );
    await world.run(crawl);
    expect(world.scheduled[0]!.delayMs).toBe(0);
  });

  it('does not end a run whose follower has no place to wait', async () => {
    const crawl = await world.plan({ urls: urls(1), every: '1h' });
    world.state.timerFull = true;
    await expect(world.run(crawl)).rejects.toThrow(/no room/);
    world.state.timerFull = false;
    await world.run(crawl);
    expect(await world.now(crawl)).toMatchObject({ status: 'waiting', runs: 1 });
  });
});

describe('the turn of a run', () => {
  it('that comes again after the run has ended does nothing', async () => {
    const crawl = await world.plan({ urls: urls(1), every: '1h' });
    await world.run(crawl);
    const ended = await world.now(crawl);
    await world.run(crawl);
    expect(world.queued).toHaveLength(1);
    expect(await world.now(crawl)).toEqual(ended);
  });

  it('is taken up by another where a process stopped, without doing again what was done', async () => {
    const crawl = await world.plan({ urls: urls(30), every: '1h' });
    const stopping = new AbortController();
    world.fates.set(pageUrl(12), ['hold']);
    const running = world.run(crawl, 1, stopping.signal);
    await expect.poll(() => world.queued.length).toBeGreaterThan(20);
    stopping.abort(new Error('This process is stopping'));
    await expect(running).rejects.toThrow('This process is stopping');
    const before = world.queued.length;
    await world.run(crawl);
    const after = await world.now(crawl);
    expect(after).toMatchObject({ status: 'waiting', runs: 1, pages: { found: 30, failed: 0, left: 0 } });
    expect(world.queued.length - before).toBeLessThan(30 - 12);
  });

  it('of a crawl that was taken away does nothing, and one under way ends', async () => {
    const gone = await world.plan({ urls: urls(1) });
    await world.crawls.remove(gone.tenant, gone.id);
    await world.run(gone);
    expect(world.queued).toEqual([]);
    const crawl = await world.plan({ urls: urls(500) });
    world.on.queued = async (url) => {
      if (url === pageUrl(20)) await world.crawls.remove(crawl.tenant, crawl.id);
    };
    await world.run(crawl);
    expect(world.queued.length).toBeLessThan(100);
    expect(await world.now(crawl)).toBeUndefined();
  });
});
