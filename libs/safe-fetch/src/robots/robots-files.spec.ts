import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStage, simplePage, stageOptions } from '../hostile/stage.ts';
import type { Stage } from '../hostile/stage.ts';
import type { SafeFetch } from '../options.ts';
import { RobotsFiles } from './robots-files.ts';
import type { RobotsFilesOptions } from './robots-files.ts';

const options = { ...stageOptions, robots: 'Respect' } as const;
const hour = 3_600_000;

let stage: Stage;
let clock: { now: number };
let files: RobotsFiles;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.received.length = 0;
  clock = { now: Date.UTC(2026, 0, 1) };
});

function fetcher(more: RobotsFilesOptions = {}): SafeFetch {
  files = new RobotsFiles({ now: () => clock.now, ...more });
  return stage.fetcher({}, {}, { robotsFiles: files });
}

/** Answers robots.txt with this, and everything else with a page. */
function site(robots: string | Buffer | ((host: string) => string | Buffer)): void {
  stage.answer = (request, socket) => {
    if (!request.startsWith('GET /robots.txt ')) simplePage(request, socket);
    else socket.end(typeof robots === 'function' ? robots(/host: (.*)\r/.exec(request)?.[1] ?? '') : robots);
  };
}

function file(text: string, headers = ''): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${headers}content-length: ${String(Buffer.byteLength(text))}\r\n\r\n${text}`;
}
const status = (line: string): string => `HTTP/1.1 ${line}\r\ncontent-length: 0\r\n\r\n`;
const asked = (path: string): number => stage.received.filter((request) => request.startsWith(`GET ${path} `)).length;
const none = 'User-agent: *\nDisallow: /';

describe('a page', () => {
  it('that robots.txt does not allow is not fetched, and the answer says why', async () => {
    site(file('User-agent: *\nDisallow: /private'));
    const fetch = fetcher();
    expect(await fetch('http://example.org/private/x', options)).toEqual({
      ok: false,
      code: 'FETCH_ROBOTS',
      detail: 'The robots.txt of the host does not allow the page to be fetched.',
      reason: 'disallowed',
      retriable: false,
    });
    expect(await fetch('http://example.org/public', options)).toMatchObject({ ok: true });
    expect(stage.received.map((request) => request.split(' ')[1])).toEqual(['/robots.txt', '/public']);
  });

  it('is fetched without asking where robots.txt is to be ignored', async () => {
    site(file(none));
    expect(await fetcher()('http://example.org/', { ...options, robots: 'Ignore' })).toMatchObject({ ok: true });
    expect(asked('/robots.txt')).toBe(0);
  });

  it('is judged by the rules for our name', async () => {
    site(file(`${none}\n\nUser-agent: TagService\nDisallow: /no`));
    const fetch = fetcher();
    expect(await fetch('http://example.org/yes', options)).toMatchObject({ ok: true });
    expect(await fetch('http://example.org/no', options)).toMatchObject({ code: 'FETCH_ROBOTS' });
  });

  it('that another host redirects to is judged by its own robots.txt', async () => {
    stage.answer = (request, socket) => {
      if (request.startsWith('GET /robots.txt ')) {
        socket.end(request.includes('host: closed.example.org') ? file(none) : status('404 Not Found'));
      } else socket.end('HTTP/1.1 302 Found\r\nlocation: http://closed.example.org/\r\ncontent-length: 0\r\n\r\n');
    };
    expect(await fetcher()('http://open.example.org/', options)).toMatchObject({ code: 'FETCH_ROBOTS' });
    expect(asked('/')).toBe(1);
  });
});

describe('a robots.txt', () => {
  it.each(['404 Not Found', '410 Gone', '401 Unauthorized', '403 Forbidden', '429 Too Many', '451 Law'])(
    'that is not there (%s) allows everything',
    async (line) => {
      site(status(line));
      expect(await fetcher()('http://example.org/x', options)).toMatchObject({ ok: true });
    },
  );

  it.each(['500 Broken', '503 Busy', '599 Odd'])(
    'that the host cannot give (%s) forbids everything for now',
    async (line) => {
      site(status(line));
      const fetch = fetcher();
      expect(await fetch('http://example.org/x', options)).toMatchObject({ code: 'FETCH_ROBOTS', retriable: true });
      expect(asked('/x')).toBe(0);
      site(file(''));
      clock.now += 6_000;
      expect(await fetch('http://example.org/x', options)).toMatchObject({ ok: true });
    },
  );

  it.each([
    ['leads inside', 'HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n'],
    [
      'is a bomb',
      Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n'),
        gzipSync(Buffer.alloc(8_000_000)),
      ]),
    ],
    ['is damaged', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nxx'],
  ])('that %s forbids everything for now', async (_what, robots) => {
    site(robots);
    expect(await fetcher()('http://example.org/x', options)).toMatchObject({ code: 'FETCH_ROBOTS', retriable: true });
    expect(asked('/x')).toBe(0);
  });

  it('that never comes forbids everything for now, and does not use up the time of the page', async () => {
    stage.answer = () => undefined;
    const result = await fetcher()('http://example.org/x', { ...options, timeoutMs: 100 });
    expect(result).toMatchObject({ code: 'FETCH_ROBOTS', reason: 'unreachable timeout', retriable: true });
  });

  it('of a host that is not there says what a page would say', async () => {
    const fetch = stage.fetcher({}, { route: () => ({ addresses: ['127.0.0.1'], port: 1 }) });
    expect(await fetch('http://example.org/x', options)).toMatchObject({ code: 'FETCH_CONNECT', retriable: true });
  });

  it('is followed over five redirects, and after more counts as not there', async () => {
    const chain = (most: number) => {
      stage.answer = (request, socket) => {
        const step = Number(/^GET \/(\d+) /.exec(request)?.[1] ?? 0);
        if (request.startsWith('GET /page ')) simplePage(request, socket);
        else if (step === most) socket.end(file(none));
        else socket.end(`HTTP/1.1 301 Moved\r\nlocation: /${String(step + 1)}\r\ncontent-length: 0\r\n\r\n`);
      };
    };
    chain(5);
    expect(await fetcher()('http://example.org/page', options)).toMatchObject({ code: 'FETCH_ROBOTS' });
    chain(6);
    expect(await fetcher()('http://example.org/page', options)).toMatchObject({ ok: true });
  });

  it('longer than 500 KiB counts as far as that, and no half rule', async () => {
    const rules = 'User-agent: *\nDisallow: /early\n';
    const cut = 512_000 - 'Disallow: /p'.length;
    const long = `${rules}${'#'.repeat(cut - rules.length - 1)}\nDisallow: /page-that-is-not-ours\n`;
    site(file(long));
    const fetch = fetcher();
    expect(await fetch('http://example.org/early', options)).toMatchObject({ code: 'FETCH_ROBOTS' });
    expect(await fetch('http://example.org/page', options)).toMatchObject({ ok: true });
  });
});

describe('what is remembered', () => {
  it('is asked once for many pages at a time, and once a day', async () => {
    site(file(''));
    const fetch = fetcher();
    // One after the other through the gates of the stage, but before the first file is there.
    await Promise.all(Array.from({ length: 10 }, () => fetch('http://example.org/x', options)));
    clock.now += 23 * hour;
    await fetch('http://example.org/x', options);
    expect(asked('/robots.txt')).toBe(1);
    clock.now += 2 * hour;
    await fetch('http://example.org/x', options);
    expect(asked('/robots.txt')).toBe(2);
  });

  it('is kept for each origin', async () => {
    site((host) => (host === 'a.example.org' ? file(none) : file('')));
    const fetch = fetcher();
    expect(await fetch('http://a.example.org/', options)).toMatchObject({ code: 'FETCH_ROBOTS' });
    expect(await fetch('http://b.example.org/', options)).toMatchObject({ ok: true });
  });

  it.each([
    ['max-age=600', 11 * 60_000],
    ['max-age=0', 6 * 60_000],
    ['no-store', 6 * 60_000],
    ['max-age=99999999', 25 * hour],
  ])('lives as the site says (%s), between five minutes and a day', async (cacheControl, after) => {
    site(file('', `cache-control: ${cacheControl}\r\n`));
    const fetch = fetcher();
    await fetch('http://example.org/', options);
    clock.now += after - 2 * 60_000;
    await fetch('http://example.org/', options);
    expect(asked('/robots.txt')).toBe(after === 25 * hour ? 2 : 1);
    clock.now += 2 * 60_000;
    await fetch('http://example.org/', options);
    expect(asked('/robots.txt')).toBe(2);
  });

  it('counts on while the site cannot give a newer one', async () => {
    site(file('User-agent: *\nDisallow: /no'));
    const fetch = fetcher();
    await fetch('http://example.org/', options);
    site(status('500 Broken'));
    clock.now += 48 * hour;
    expect(await fetch('http://example.org/yes', options)).toMatchObject({ ok: true });
    expect(await fetch('http://example.org/no', options)).toMatchObject({ code: 'FETCH_ROBOTS', retriable: false });
    clock.now += 31 * 24 * hour;
    expect(await fetch('http://example.org/yes', options)).toMatchObject({ code: 'FETCH_ROBOTS', retriable: true });
  });

  it('stays within its bounds of number and bytes', async () => {
    site(file(`User-agent: *\n${Array.from({ length: 50 }, (_, index) => `Disallow: /${String(index)}`).join('\n')}`));
    const few = fetcher({ most: { files: 3, bytes: 1e9 } });
    for (const host of ['a', 'b', 'c', 'd', 'a']) await few(`http://${host}.example.org/x`, options);
    expect(files.size.files).toBe(3);
    expect(asked('/robots.txt')).toBe(5);
    const small = fetcher({ most: { files: 100, bytes: 12_000 } });
    for (const host of ['a', 'b', 'c', 'd']) await small(`http://${host}.example.org/x`, options);
    expect(files.size.files).toBe(2);
    expect(files.size.bytes).toBeLessThanOrEqual(12_000);
  });
});
