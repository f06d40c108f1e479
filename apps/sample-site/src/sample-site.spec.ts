import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { escapeHtml, renderArticle } from './layout.ts';
import { pages } from './pages.ts';
import { answerFor } from './routes.ts';
import { sampleSite } from './server.ts';

const bySlug = new Map(pages.map((page) => [page.slug, page]));
const answer = (path: string) => {
  const found = answerFor(path, bySlug);
  if (found.kind === 'hang') throw new Error('expected content');
  return found;
};

describe('the articles', () => {
  it('are at least a dozen, each under an address of its own', () => {
    expect(pages.length).toBeGreaterThanOrEqual(12);
    expect(bySlug.size).toBe(pages.length);
  });

  it('come in English, German and French', () => {
    expect(new Set(pages.map((page) => page.language))).toEqual(new Set(['en', 'de', 'fr']));
  });

  it.each(pages.map((page) => [page.slug, page] as const))(
    '%s is a page of real length with what real pages carry',
    (_slug, page) => {
      const html = renderArticle(page, `/articles/${page.slug}`);
      const words = page.body.replace(/<[^>]+>/g, ' ').split(/\s+/).length;
      expect(words).toBeGreaterThan(220);
      expect(words).toBeLessThan(700);
      for (const part of [
        '<nav',
        '<header',
        '<article>',
        '<footer',
        '<meta name="description"',
        'property="og:title"',
        `<html lang="${page.language}"`,
      ])
        expect(html).toContain(part);
      expect(html.match(/<p>/g)?.length).toBe(html.match(/<p>[^]*?<\/p>/g)?.length);
    },
  );
});

describe('the addresses', () => {
  it('lead to an article, the list and the files that crawlers ask for', () => {
    expect(answer('/articles/jazz-trio').body).toContain('Listening to a piano trio');
    expect(answer('/').body).toContain('/articles/jazz-trio');
    expect(answer('/robots.txt')).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') as string });
    expect(answer('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('of the archive give the same article as often as a test needs, each with a title of its own', () => {
    expect(answer('/archive/17/derby-report').body).toContain('(issue 17)');
    expect(answer('/archive/18/derby-report').body).not.toBe(answer('/archive/17/derby-report').body);
    expect(answer('/archive/0/derby-report').status).toBe(404);
  });

  it('that lead nowhere are a 404 that repeats nothing unescaped', () => {
    const { status, body } = answer('/articles/<script>');
    expect(status).toBe(404);
    expect(body).not.toContain('<script>.');
    expect(escapeHtml('<a href="x">&')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;');
  });

  it('of broken pages fail as they say', () => {
    expect(answer('/broken/status/503').status).toBe(503);
    expect(answerFor('/broken/slow', bySlug).kind).toBe('hang');
  });
});

describe('the server', () => {
  const server = sampleSite(pages);
  let base = '';

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('serves pages and ignores what follows a question mark', async () => {
    const response = await fetch(`${base}/articles/pruning-roses?utm_source=x`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain('Pruning roses');
  });

  it('answers HEAD without a body and refuses to be written to', async () => {
    const head = await fetch(`${base}/articles/pruning-roses`, { method: 'HEAD' });
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(2000);
    expect((await fetch(base, { method: 'POST' })).status).toBe(405);
  });
});
