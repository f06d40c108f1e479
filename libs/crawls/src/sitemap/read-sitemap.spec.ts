import { describe, expect, it } from 'vitest';
import { MOST_SITEMAPS, readSitemap, type FetchedText, type SitemapPages } from './read-sitemap.ts';

const START = 'https://a.test/sitemap.xml';

const pagesOf = (...locations: string[]): string =>
  `<urlset>${locations.map((one) => `<url><loc>${one.replaceAll('&', '&amp;')}</loc></url>`).join('')}</urlset>`;
const indexOf = (...locations: string[]): string =>
  `<sitemapindex>${locations.map((one) => `<sitemap><loc>${one}</loc></sitemap>`).join('')}</sitemapindex>`;

const down = {
  ok: false,
  error: { code: 'FETCH_STATUS', detail: 'The host answered with status 503.' },
  retriable: true,
} as const;

/** A site that has these files, and notes which of them were asked for. */
function siteOf(files: Readonly<Record<string, string | Partial<FetchedText>>>) {
  const asked: string[] = [];
  const fetchText = (url: string): Promise<FetchedText> => {
    asked.push(url);
    const file = files[url] ?? down;
    if (typeof file === 'string') return Promise.resolve({ ok: true, text: file, url, truncated: false });
    return Promise.resolve({ url, truncated: false, ...file } as FetchedText);
  };
  return {
    asked,
    read: async (most = 1_000) => readSitemap(START, { fetchText, most }),
    pages: async (most = 1_000) => (await readSitemap(START, { fetchText, most })) as SitemapPages,
  };
}

describe('the pages of a sitemap', () => {
  it('are known by their canonical addresses, each once', async () => {
    const site = siteOf({
      [START]: pagesOf('https://a.test/b?utm_source=x', 'https://A.test:443/b', 'https://a.test/c#d'),
    });
    const { pages, ...rest } = await site.pages();
    expect(pages.map(({ url }) => url)).toEqual(['https://a.test/b', 'https://a.test/c']);
    expect(rest).toEqual({ refused: 0, unread: 0, truncated: false });
  });

  it('are those of its own host: of others it cannot speak', async () => {
    const site = siteOf({
      [START]: pagesOf('https://b.test/', 'http://169.254.169.254/', 'https://a.test/', 'ftp://a.test/', 'x'),
    });
    const { pages, refused } = await site.pages();
    expect(pages.map(({ url }) => url)).toEqual(['https://a.test/']);
    expect(refused).toBe(4);
  });

  it('are those of the host that it was found on, after redirects', async () => {
    const site = siteOf({
      [START]: { ok: true, text: pagesOf('https://www.a.test/', 'https://a.test/'), url: 'https://www.a.test/s.xml' },
    });
    expect((await site.pages()).pages.map(({ url }) => url)).toEqual(['https://www.a.test/']);
  });

  it('are as many as are wanted, and it is told that there are more', async () => {
    const locations = Array.from({ length: 30 }, (_, n) => `https://a.test/${String(n)}`);
    const site = siteOf({ [START]: pagesOf(...locations) });
    expect(await site.pages(10)).toMatchObject({ pages: { length: 10 }, truncated: true });
    expect(await site.pages(30)).toMatchObject({ pages: { length: 30 }, truncated: false });
  });

  it('may be spread over the sitemaps of an index, of which no more are asked for than are needed', async () => {
    const parts = ['1', '2', '3'].map((n) => `https://a.test/${n}.xml`);
    const files = Object.fromEntries(parts.map((part) => [part, pagesOf(`${part}?a`, `${part}?b`)]));
    const site = siteOf({ [START]: indexOf(...parts), ...files });
    expect((await site.pages(4)).pages).toHaveLength(4);
    expect(site.asked).toEqual([START, parts[0], parts[1]]);
    expect((await site.pages()).pages).toHaveLength(6);
  });

  it('are those that can be read when a part of the index cannot', async () => {
    const site = siteOf({
      [START]: indexOf(
        'https://a.test/1.xml',
        'https://a.test/gone.xml',
        'https://b.test/2.xml',
        'https://a.test/index.xml',
      ),
      'https://a.test/1.xml': pagesOf('https://a.test/p'),
      'https://a.test/index.xml': indexOf('https://a.test/1.xml'),
    });
    expect(await site.pages()).toMatchObject({ pages: { length: 1 }, unread: 2, refused: 1 });
    expect(site.asked).not.toContain('https://b.test/2.xml');
  });

  it('of an endless index are looked for in its first sitemaps only', async () => {
    const parts = Array.from({ length: 500 }, (_, n) => `https://a.test/${String(n)}.xml`);
    const site = siteOf({ [START]: indexOf(...parts), [parts[0] ?? '']: pagesOf('https://a.test/p') });
    expect(await site.pages()).toMatchObject({ unread: MOST_SITEMAPS - 1, truncated: true });
    expect(site.asked).toHaveLength(MOST_SITEMAPS + 1);
  });
});

describe('a sitemap that is none', () => {
  it('says why it could not be fetched', async () => {
    expect(await siteOf({}).read()).toMatchObject({ error: down.error, retriable: true });
  });

  it('says that it is something else', async () => {
    const answer = await siteOf({ [START]: '<html></html>' }).read();
    expect(answer).toMatchObject({ error: { code: 'SITEMAP_INVALID' }, retriable: false });
  });

  it('of which no part could be read may be tried again when one of them may', async () => {
    const index = indexOf('https://a.test/1.xml', 'https://a.test/2.xml');
    const site = siteOf({ [START]: index, 'https://a.test/1.xml': '<html></html>' });
    expect(await site.read()).toMatchObject({ error: { code: 'FETCH_STATUS' }, retriable: true });
  });
});
