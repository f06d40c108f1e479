import { promisify } from 'node:util';
import { brotliDecompress, gunzip, zstdDecompress } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { accepts } from './accept.ts';
import { chooseEncoding } from './compression.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';

describe('a long answer', () => {
  const evidence = Array.from({ length: 16 }, (_, index) => `place ${String(index)} `.repeat(10));
  const tags = Array.from({ length: 5 }, (_, index) => ({ tag: `tag ${String(index)}`, score: 0.5, evidence }));
  const decoders = {
    br: promisify(brotliDecompress),
    gzip: promisify(gunzip),
    zstd: promisify(zstdDecompress),
  };

  it.each(Object.entries(decoders))('is compressed with %s for those who ask for it', async (encoding, decode) => {
    await test.seed(bees, { tags });
    const plain = await test.tagsOf(bees);
    const answer = await test.tagsOf(bees, { 'accept-encoding': encoding });
    expect(answer.headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
    expect(Number(answer.headers['content-length'])).toBe(answer.rawPayload.length);
    expect(answer.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4);
    expect((await decode(answer.rawPayload)).toString()).toBe(plain.body);
  });

  it('is sent as it is to all others, and caches are told that it depends', async () => {
    await test.seed(bees, { tags });
    for (const header of [undefined, '', 'identity', 'compress', 'gzip;q=0', 'br;q=0, gzip;q=0, *;q=0']) {
      const answer = await test.tagsOf(bees, header === undefined ? {} : { 'accept-encoding': header });
      expect(answer.headers, header).not.toHaveProperty('content-encoding');
      expect(answer.headers['vary']).toBe('accept-encoding');
      expect(answer.json()).toMatchObject({ url: bees });
    }
  });

  it('has a tag that promises no bytes when it is compressed, by which it still is known again', async () => {
    await test.seed(bees, { tags });
    const strong = String((await test.tagsOf(bees)).headers['etag']);
    const weak = String((await test.tagsOf(bees, { 'accept-encoding': 'gzip' })).headers['etag']);
    expect(weak).toBe(`W/${strong}`);
    expect((await test.tagsOf(bees, { 'accept-encoding': 'gzip', 'if-none-match': weak })).statusCode).toBe(304);
  });

  it('depends on all that it depends on', async () => {
    await test.seed(bees, { tags });
    expect((await test.tagsOf(bees, { prefer: 'wait=1' })).headers['vary']).toBe('prefer, accept-encoding');
  });

  it('that is short is not worth it', async () => {
    await test.seed(bees);
    const answer = await test.tagsOf(bees, { 'accept-encoding': 'gzip' });
    expect(answer.headers).not.toHaveProperty('content-encoding');
  });
});

describe('the encoding of an answer', () => {
  it.each([
    ['', undefined],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['GZIP ; Q=0.3', 'gzip'],
    ['*', 'br'],
    ['*;q=0.1, br;q=0', 'zstd'],
    ['gzip;q=nonsense', undefined],
    ['identity;q=1, *;q=0', undefined],
  ])('for %j is %s', (header, encoding) => {
    expect(chooseEncoding(header)).toBe(encoding);
  });

  it('is never one that is not asked for, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const encoding = chooseEncoding(header);
        if (encoding !== undefined && !header.includes('*')) expect(header.toLowerCase()).toContain(encoding);
      }),
    );
  });
});

describe('what a caller accepts', () => {
  it.each([
    ['*/*', true],
    ['application/json', true],
    ['application/*', true],
    ['application/problem+json', true],
    ['text/html, application/xhtml+xml, */*;q=0.8', true],
    ['APPLICATION/JSON; charset=utf-8', true],
    ['', true],
    ['text/html', false],
    ['application/xml, text/*', false],
    ['application/json;q=0, application/problem+json;q=0.000', false],
    ['*/*;q=0', false],
    ['*/*, application/json;q=0, application/problem+json;q=0', false],
  ])('%j allows JSON: %s', (header, allowed) => {
    expect(accepts(header, 'application/json')).toBe(allowed);
  });

  it('decides before any work is done', async () => {
    const answer = await test.tagsOf(bees, { accept: 'text/html' });
    expect(answer.statusCode).toBe(406);
    expect(problemIn(answer)).toMatchObject({
      code: 'NOT_ACCEPTABLE',
      detail: 'This path answers with application/json.',
    });
    expect(await test.store.readPage('0'.repeat(32))).toBeUndefined();
    expect((await test.get('/nothing', { accept: 'text/html' })).statusCode).toBe(404);
  });

  it('is server-sent events for events', async () => {
    const location = String((await test.tagsOf(bees, { prefer: 'respond-async' })).headers['location']);
    const refused = await test.get(`${location}/events`, { accept: 'application/json' });
    expect(refused.statusCode).toBe(406);
    const head = await test.api.app.inject({
      method: 'HEAD',
      url: `${location}/events`,
      headers: { accept: 'text/event-stream' },
    });
    expect(head.statusCode).toBe(200);
    expect(head.headers['content-type']).toContain('text/event-stream');
  });
});

describe('other methods', () => {
  it('HEAD is answered as GET, without a body', async () => {
    await test.seed(bees);
    const url = `/v1/tags?url=${encodeURIComponent(bees)}`;
    const [get, head] = [await test.get(url), await test.api.app.inject({ method: 'HEAD', url })];
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe('');
    for (const name of ['content-length', 'etag', 'content-type', 'cache-control'])
      expect(head.headers[name], name).toBe(get.headers[name]);
  });

  it.each([
    ['/v1/tags', 'GET, HEAD, OPTIONS'],
    ['/v1/tags:batch', 'POST, OPTIONS'],
    ['/v1/tags/bees/urls', 'GET, HEAD, OPTIONS'],
    ['/v1/jobs/x?y=z', 'GET, HEAD, OPTIONS'],
  ])('OPTIONS of %s says %s, and lets no other origin in', async (url, allow) => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' };
    const answer = await test.api.app.inject({ method: 'OPTIONS', url, headers });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['allow']).toBe(allow);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('OPTIONS of nothing is not found', async () => {
    expect((await test.api.app.inject({ method: 'OPTIONS', url: '/v1/tags:other' })).statusCode).toBe(404);
  });

  it('no answer lets scripts of other origins read it', async () => {
    await test.seed(bees);
    const { headers } = await test.tagsOf(bees, { origin: 'https://evil.example' });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });
});
