import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NoSitemap, parseSitemap } from './parse-sitemap.ts';

const ALL = 1_000;

const urlset = (...entries: string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${entries.join('\n')}</urlset>`;
const page = (location: string): string =>
  `<url><loc>${location}</loc><lastmod>2026-01-01</lastmod><priority>0.8</priority></url>`;
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

describe('a sitemap', () => {
  it('names pages, in its order and with what XML has escaped', async () => {
    const text = urlset(
      page('https://a.test/?x=1&amp;y=2'),
      page('\n  https://a.test/b \n'),
      page('<![CDATA[https://a.test/c&d]]>'),
    );
    expect(await parseSitemap(text, ALL)).toEqual({
      kind: 'pages',
      locations: ['https://a.test/?x=1&y=2', 'https://a.test/b', 'https://a.test/c&d'],
    });
  });

  it('may be an index of others', async () => {
    const text =
      '<sitemapindex><sitemap><loc>https://a.test/1.xml</loc></sitemap><url><loc>no</loc></url></sitemapindex>';
    expect(await parseSitemap(text, ALL)).toEqual({ kind: 'index', locations: ['https://a.test/1.xml'] });
  });

  it('may have a prefix before all its names', async () => {
    const text =
      '<s:urlset xmlns:s="x"><s:url><s:loc>https://a.test/</s:loc></s:url><url><loc>no</loc></url></s:urlset>';
    expect(await parseSitemap(text, ALL)).toEqual({ kind: 'pages', locations: ['https://a.test/'] });
  });

  it('has images and other languages beside a page, which are no pages of it', async () => {
    const text = urlset(
      `<url><image:image><image:loc>https://a.test/i.png</image:loc><loc>no</loc></image:image><loc>https://a.test/p</loc>
       <xhtml:link rel="alternate" href="https://a.test/de"/></url>`,
    );
    expect((await parseSitemap(text, ALL)).locations).toEqual(['https://a.test/p']);
  });

  it('may be a list of addresses, one a line', async () => {
    const text = '﻿https://a.test/1\r\n\r\n  https://a.test/2  \nhttps://a.test/3';
    expect(await parseSitemap(text, ALL)).toEqual({
      kind: 'pages',
      locations: ['https://a.test/1', 'https://a.test/2', 'https://a.test/3'],
    });
  });

  it('is read as far as it goes when it is cut off', async () => {
    const text = urlset(page('https://a.test/1'), page('https://a.test/2'), page('https://a.test/3'));
    const cut = text.slice(0, text.indexOf('/3') - 2);
    expect((await parseSitemap(cut, ALL)).locations.slice(0, 2)).toEqual(['https://a.test/1', 'https://a.test/2']);
  });

  it('gives no more than is wanted', async () => {
    const text = urlset(...Array.from({ length: 5_000 }, (_, n) => page(`https://a.test/${String(n)}`)));
    expect((await parseSitemap(text, 7)).locations).toHaveLength(7);
    expect((await parseSitemap('https://a.test/\n'.repeat(50), 7)).locations).toHaveLength(7);
  });

  it.each([
    ['a page', '<!doctype html><html><body><urlset><url><loc>https://a.test/</loc></url></urlset></body></html>'],
    ['a feed', '<rss><channel><link>https://a.test/</link></channel></rss>'],
    ['nothing', ''],
    ['spaces', ' \n '],
    ['prose', 'Not found.\nSorry.'],
    ['JSON', '{"urlset": []}'],
    ['what every object has', '<constructor><url><loc>https://a.test/</loc></url></constructor>'],
  ])('is not %s', async (_, text) => {
    await expect(parseSitemap(text, ALL)).rejects.toBeInstanceOf(NoSitemap);
  });

  it('cannot define entities: what is not known stays as it is written', async () => {
    const bomb = `<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>${urlset(page('https://a.test/&b;&f;'))}`;
    expect((await parseSitemap(bomb, ALL)).locations).toEqual(['https://a.test/&b;&f;']);
  });

  it.each([
    ['nested', '<urlset>' + '<url>'.repeat(200_000)],
    ['never closed', '<urlset><url><loc>' + 'x'.repeat(2_000_000)],
    ['attributed', `<urlset ${'a="1" '.repeat(200_000)}>`],
    ['one endless line', 'https://a.test/' + 'x'.repeat(2_000_000)],
  ])('that is %s is read to its end, and nothing longer than a piece of it is kept', async (_, text) => {
    const found = await parseSitemap(text, ALL);
    expect(found.locations.every((location) => location.length < 80_000)).toBe(true);
  });

  it('gives back whatever addresses were written into it', async () => {
    const address = fc.webUrl({ withQueryParameters: true, withFragments: true });
    await fc.assert(
      fc.asyncProperty(fc.array(address, { minLength: 1, maxLength: 50 }), async (addresses) => {
        const inXml = await parseSitemap(urlset(...addresses.map((one) => page(escaped(one)))), ALL);
        expect(inXml.locations).toEqual(addresses);
        expect((await parseSitemap(addresses.join('\n'), ALL)).locations).toEqual(addresses);
      }),
    );
  });

  it('never throws anything but that it is none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map((inner) => urlset(inner)),
          fc.string().map((tail) => `<${tail}`),
        ),
        async (text) => {
          await parseSitemap(text, ALL).catch((error: unknown) => {
            expect(error).toBeInstanceOf(NoSitemap);
          });
        },
      ),
    );
  });
});
