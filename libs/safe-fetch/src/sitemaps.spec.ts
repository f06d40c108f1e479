import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStage, stageOptions } from './hostile/stage.ts';
import type { Stage } from './hostile/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.received.length = 0;
});

const URL = 'http://a.example.org/sitemap.xml';
const text = '<urlset><url><loc>http://a.example.org/ü</loc></url></urlset>';

const packed = 'content-type: application/gzip';
const zeros = Buffer.alloc(50_000_000);

const fetchSitemap = () => stage.fetcher()(URL, { ...stageOptions, wanted: 'sitemap' });

function send(body: Buffer | string, ...headers: readonly string[]): void {
  stage.answer = (_request, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${headers.map((line) => `${line}\r\n`).join('')}connection: close\r\n\r\n`);
    socket.end(body);
  };
}

describe('a sitemap', () => {
  it.each([
    ['XML', text, ['content-type: application/xml']],
    ['XML of the older type', text, ['content-type: text/xml; charset=utf-8']],
    ['plain text', 'http://a.example.org/ü\n', ['content-type: text/plain']],
    ['XML of no type', text, []],
    ['XML that is compressed on the way', gzipSync(text), ['content-type: text/xml', 'content-encoding: gzip']],
    ['a file that is compressed itself', gzipSync(text), ['content-type: application/x-gzip']],
    [
      'such a file, compressed once more on the way',
      gzipSync(gzipSync(text)),
      ['content-type: application/gzip', 'content-encoding: gzip'],
    ],
  ])('may be %s', async (_, body, headers) => {
    send(body, ...headers);
    const fetched = await fetchSitemap();
    expect(fetched).toMatchObject({
      ok: true,
      truncated: false,
      html: expect.stringContaining('a.example.org/ü') as string,
    });
    expect(stage.received[0]).toContain('accept: application/xml,text/xml');
  });

  it.each([
    ['a page', 'FETCH_CONTENT_TYPE', ['<html></html>', 'content-type: text/html']],
    ['an image', 'FETCH_CONTENT_TYPE', ['GIF89a', 'content-type: image/gif']],
    ['a file that says it is compressed and is not', 'FETCH_ENCODING', [text, packed]],
    ['a bomb', 'FETCH_TOO_LARGE', [gzipSync(zeros), packed]],
    ['a bomb in a bomb', 'FETCH_TOO_LARGE', [gzipSync(gzipSync(zeros)), packed, 'content-encoding: gzip']],
    ['a compressed file without end', 'FETCH_TOO_LARGE', [gzipSync(randomBytes(400_000)), packed]],
  ] as const)('is not %s', async (_, code, [body, ...headers]) => {
    send(body, ...headers);
    expect(await fetchSitemap()).toMatchObject({ ok: false, code });
  });

  it('is read up to its limit, as a page is', async () => {
    send(text.repeat(10_000), 'content-type: text/xml');
    expect(await fetchSitemap()).toMatchObject({ ok: true, truncated: true, bytes: stageOptions.maxBytes });
  });

  it('is nothing that a page may be', async () => {
    send(text, 'content-type: application/xml');
    expect(await stage.fetcher()(URL, stageOptions)).toMatchObject({ ok: false, code: 'FETCH_CONTENT_TYPE' });
  });
});
