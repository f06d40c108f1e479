import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FetchOptions } from './options.ts';
import { createSafeFetch, safeFetch } from './safe-fetch.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const page = '<html><title>Bees</title><p>Bees pollinate orchards.</p></html>';
const routes = new Map<string, Handler>();
let server: Server;
let origin: string;
const seen: IncomingMessage[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request);
    const handler = routes.get(request.url ?? '');
    if (handler === undefined) response.writeHead(404).end();
    else handler(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const defaults: FetchOptions = {
  timeoutMs: 5_000,
  maxBytes: 100_000,
  userAgent: 'TagService/1.0 (+https://tagservice.dev)',
  allowedNetworks: ['127.0.0.0/8'],
};

function get(path: string, over: Partial<FetchOptions> = {}) {
  return safeFetch(`${origin}${path}`, { ...defaults, ...over });
}

function serve(path: string, headers: Record<string, string>, body: Buffer | string): void {
  routes.set(path, (_request, response) => {
    response.writeHead(200, headers).end(body);
  });
}

function serveStatus(path: string, status: number, headers: Record<string, string>): void {
  routes.set(path, (_request, response) => {
    response.writeHead(status, headers).end();
  });
}

const html = { 'content-type': 'text/html; charset=utf-8' };

describe('a page', () => {
  it('is fetched with our name on it, and with its final address, type and size', async () => {
    serve('/bees', html, page);
    expect(await get('/bees')).toEqual({
      ok: true,
      status: 200,
      finalUrl: `${origin}/bees`,
      contentType: 'text/html',
      html: page,
      bytes: page.length,
      truncated: false,
    });
    const request = seen.at(-1)!;
    expect(request.headers['user-agent']).toBe(defaults.userAgent);
    expect(request.headers.host).toBe(origin.slice('http://'.length));
    expect(request.headers).not.toHaveProperty('cookie');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('may be compressed (%s)', async (encoding, compress) => {
    serve('/packed', { ...html, 'content-encoding': encoding }, compress(page));
    expect(await get('/packed')).toMatchObject({ ok: true, html: page });
  });

  it('is decoded by its charset', async () => {
    serve('/latin', { 'content-type': 'text/html; charset=iso-8859-1' }, Buffer.from('<p>café</p>', 'latin1'));
    expect(await get('/latin')).toMatchObject({ ok: true, html: '<p>café</p>' });
  });

  it('may come without a type if it looks like one', async () => {
    serve('/untyped', {}, '  <!doctype html><p>x</p>');
    serve('/binary', {}, '%PDF-1.7');
    expect(await get('/untyped')).toMatchObject({ ok: true, contentType: 'text/html' });
    expect(await get('/binary')).toMatchObject({ ok: false, code: 'FETCH_CONTENT_TYPE' });
  });

  it.each(['application/xhtml+xml', 'text/plain'])('may be %s', async (type) => {
    serve('/typed', { 'content-type': type }, 'words');
    expect(await get('/typed')).toMatchObject({ ok: true, contentType: type });
  });

  it.each(['image/png', 'application/pdf', 'application/json', 'application/octet-stream'])(
    'is not %s',
    async (type) => {
      serve('/file', { 'content-type': type }, 'x');
      expect(await get('/file')).toMatchObject({ ok: false, code: 'FETCH_CONTENT_TYPE', retriable: false });
    },
  );

  it.each([
    [404, false],
    [401, false],
    [410, false],
    [204, false],
    [429, true],
    [500, true],
    [503, true],
  ])('that answers %i fails, worth another try: %s', async (status, retriable) => {
    serveStatus('/status', status, { ...html, 'retry-after': '7' });
    expect(await get('/status')).toMatchObject({
      ok: false,
      code: 'FETCH_STATUS',
      reason: String(status),
      retriable,
      retryAfterMs: 7000,
    });
  });
});

describe('a redirect', () => {
  const redirect = (path: string, location: string) => {
    serveStatus(path, 302, { location });
  };
  const publicNames = createSafeFetch(() => Promise.resolve(['93.184.216.34']));

  it('is followed, three times at most', async () => {
    serve('/end', html, page);
    redirect('/one', '/end');
    redirect('/two', '/one');
    redirect('/three', `${origin}/two`);
    redirect('/four', '/three');
    expect(await get('/three')).toMatchObject({ ok: true, finalUrl: `${origin}/end` });
    expect(await get('/four')).toMatchObject({ ok: false, code: 'FETCH_REDIRECT', retriable: false });
  });

  it('to itself ends', async () => {
    redirect('/loop', '/loop');
    expect(await get('/loop')).toMatchObject({ ok: false, code: 'FETCH_REDIRECT' });
  });

  it.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    'http://kubernetes.default.svc/',
    'file:///etc/passwd',
    'http://user:pass@example.org/',
    'http://example.org:22/',
  ])('to %s is refused', async (location) => {
    redirect('/away', location);
    expect(await publicNames(`${origin}/away`, defaults)).toMatchObject({
      ok: false,
      code: 'FETCH_REFUSED',
      retriable: false,
    });
  });

  it('to nowhere fails', async () => {
    serveStatus('/nowhere', 301, {});
    redirect('/broken', 'http://[');
    expect(await get('/nowhere')).toMatchObject({ ok: false, code: 'FETCH_REDIRECT' });
    expect(await get('/broken')).toMatchObject({ ok: false, code: 'FETCH_REDIRECT' });
  });
});

describe('a body', () => {
  it('over the limit is cut there, declared or not, and the result says so', async () => {
    serve('/declared', { ...html, 'content-length': '100001' }, Buffer.alloc(100_001, 'a'));
    routes.set('/endless', (_request, response) => {
      response.writeHead(200, html);
      const more = () => {
        while (response.write(Buffer.alloc(16_384, 'a')));
      };
      response.on('drain', more);
      more();
    });
    for (const path of ['/declared', '/endless']) {
      const cut = { ok: true, bytes: 100_000, truncated: true, html: 'a'.repeat(100_000) };
      expect(await get(path), path).toMatchObject(cut);
    }
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('over the limit after decompression is cut there, too (%s)', async (encoding, compress) => {
    const words = Array.from({ length: 20_000 }, (_, index) => `<p>${String(index * 7919)}</p>`).join('');
    serve('/long', { ...html, 'content-encoding': encoding }, compress(words));
    expect(await get('/long')).toMatchObject({ ok: true, truncated: true, html: words.slice(0, 100_000) });
  });

  it('is not cut through a character', async () => {
    serve('/cut', { 'content-type': 'text/html' }, `<p>${'ß'.repeat(60_000)}`);
    const found = await get('/cut', { maxBytes: 1_024 });
    expect(found).toMatchObject({ ok: true, bytes: 1_024, truncated: true, html: `<p>${'ß'.repeat(510)}` });
  });

  it('of exactly the limit is taken', async () => {
    serve('/exact', html, Buffer.alloc(100_000, 'a'));
    expect(await get('/exact')).toMatchObject({ ok: true, bytes: 100_000, truncated: false });
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ] as const)('that is a bomb (%s) costs little memory', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(64 * 1024 * 1024));
    serve('/bomb', { ...html, 'content-encoding': encoding }, bomb);
    const before = process.memoryUsage().rss;
    expect(await get('/bomb', { maxBytes: 2_097_152 })).toMatchObject({ ok: false, code: 'FETCH_TOO_LARGE' });
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  it('whose compression is damaged, unknown or stacked fails', async () => {
    serve('/damaged', { ...html, 'content-encoding': 'gzip' }, gzipSync(page).subarray(0, 20));
    serve('/false', { ...html, 'content-encoding': 'br' }, page);
    serve('/unknown', { ...html, 'content-encoding': 'compress' }, page);
    serve('/stacked', { ...html, 'content-encoding': 'gzip, gzip' }, gzipSync(gzipSync(page)));
    for (const path of ['/damaged', '/false', '/unknown', '/stacked']) {
      expect(await get(path), path).toMatchObject({ ok: false, code: 'FETCH_ENCODING' });
    }
  });

  it('that trickles is given up when the time is over', async () => {
    routes.set('/slow', (_request, response) => {
      response.writeHead(200, html).write('<p>');
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    const started = performance.now();
    expect(await get('/slow', { timeoutMs: 300 })).toMatchObject({ ok: false, code: 'FETCH_TIMEOUT', retriable: true });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('a host that misbehaves', () => {
  async function rawServer(answer: (socket: Socket) => void): Promise<{ url: string; close: () => void }> {
    const raw = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        answer(socket);
      });
    }).listen(0, '127.0.0.1');
    await once(raw, 'listening');
    const url = `http://127.0.0.1:${String((raw.address() as AddressInfo).port)}/`;
    return { url, close: () => void raw.close() };
  }

  it.each([
    ['nothing at all', '', 'FETCH_TIMEOUT'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n', 'FETCH_ENCODING'],
    [
      'endless headers',
      `HTTP/1.1 200 OK\r\n${'x: '.padEnd(1000, 'a')}\r\n`.repeat(1) + `y: ${'b'.repeat(40_000)}\r\n\r\n`,
      'FETCH_TOO_LARGE',
    ],
    [
      'less than it declared',
      'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 50\r\n\r\n<p>',
      'FETCH_CONNECT',
    ],
  ])('sends %s', async (what, text, code) => {
    const raw = await rawServer((socket) => {
      if (text === '') return;
      socket.end(text);
    });
    try {
      expect(await safeFetch(raw.url, { ...defaults, timeoutMs: 600 }), what).toMatchObject({ ok: false, code });
    } finally {
      raw.close();
    }
  });

  it('is not there', async () => {
    const raw = await rawServer(() => undefined);
    raw.close();
    expect(await safeFetch(raw.url, defaults)).toMatchObject({
      ok: false,
      code: 'FETCH_CONNECT',
      reason: 'ECONNREFUSED',
      retriable: true,
    });
  });

  it('speaks no TLS', async () => {
    expect(await safeFetch(origin.replace('http:', 'https:'), defaults)).toMatchObject({
      ok: false,
      code: 'FETCH_TLS',
    });
  });
});

describe('the way to a host', () => {
  it('is the address that was judged: a name is resolved once a hop, and the header still names the host', async () => {
    serve('/named', html, page);
    let asked = 0;
    const fetch = createSafeFetch(() => {
      asked += 1;
      return Promise.resolve(asked === 1 ? ['127.0.0.1'] : ['192.168.0.1']);
    });
    const port = new URL(origin).port;
    const result = await fetch(`http://rebind.example.org:${port}/named`, defaults);
    expect(result).toMatchObject({ ok: true });
    expect(seen.at(-1)?.headers.host).toBe(`rebind.example.org:${port}`);
    expect(asked).toBe(1);
  });

  it('tries the other judged addresses when one does not answer', async () => {
    serve('/second', html, page);
    const fetch = createSafeFetch(() => Promise.resolve(['::1', '127.0.0.1']));
    const allowedNetworks = ['127.0.0.0/8', '::1/128'];
    const result = await fetch(`http://two.example.org:${new URL(origin).port}/second`, {
      ...defaults,
      allowedNetworks,
    });
    expect(result).toMatchObject({ ok: true });
  });

  it('is closed to the inside where nothing is allowed', async () => {
    expect(await get('/bees', { allowedNetworks: [] })).toEqual({
      ok: false,
      code: 'FETCH_REFUSED',
      detail: 'The page is not at a public address.',
      retriable: false,
      reason: 'port',
    });
  });

  it('ignores proxy variables', async () => {
    serve('/direct', html, page);
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:1';
    try {
      expect(await get('/direct')).toMatchObject({ ok: true });
    } finally {
      delete process.env['HTTP_PROXY'];
    }
  });

  it('ends when the caller gives up', async () => {
    routes.set('/wait', () => undefined);
    const caller = new AbortController();
    const pending = get('/wait', { signal: caller.signal });
    await expect.poll(() => seen.at(-1)?.url).toBe('/wait');
    caller.abort();
    expect(await pending).toMatchObject({ ok: false, code: 'FETCH_TIMEOUT' });
  });

  it('ends in time when names are not resolved', async () => {
    const fetch = createSafeFetch(() => Promise.withResolvers<readonly string[]>().promise);
    const result = await fetch('http://slow.example.org/', { ...defaults, timeoutMs: 50 });
    expect(result).toMatchObject({ ok: false, code: 'FETCH_TIMEOUT', retriable: true });
  });
});
