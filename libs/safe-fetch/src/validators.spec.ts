import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStage, stageOptions } from './hostile/stage.ts';
import type { Stage } from './hostile/stage.ts';
import type { IfChanged } from './validators.ts';

const url = 'http://example.org/page';
const date = 'Sun, 22 Nov 2026 12:00:00 GMT';
const known: IfChanged = { url, etag: '"v1"', lastModified: date };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.received.length = 0;
});

function answer(line: string, headers: readonly string[]): void {
  const head = [`HTTP/1.1 ${line}`, 'content-type: text/html', 'content-length: 0', ...headers].join('\r\n');
  stage.answer = (_request, socket) => socket.end(`${head}\r\n\r\n`);
}
const get = (ifChanged?: IfChanged, from = url) =>
  stage.fetcher()(from, { ...stageOptions, ...(ifChanged !== undefined && { ifChanged }) });

describe('the validators of a page', () => {
  it.each([
    [['etag: "v1"', `last-modified: ${date}`], { etag: '"v1"', lastModified: date }],
    [['etag: W/"v1"'], { etag: 'W/"v1"' }],
    [[`last-modified: ${date}`], { lastModified: date }],
    [['etag: v1', 'last-modified: yesterday'], undefined],
    [[`etag: "${'x'.repeat(2_000)}"`], undefined],
    [[], undefined],
  ])('of %j are %j', async (headers, validators) => {
    answer('200 OK', headers);
    const result = await get();
    expect(result.ok && result.validators).toEqual(validators);
  });
});

describe('a page that was fetched before', () => {
  it('is asked for by its validators, and is unchanged where the host says so', async () => {
    answer('304 Not Modified', []);
    expect(await get(known)).toEqual({ ok: false, unchanged: true });
    expect(stage.received[0]).toContain(`\r\nif-none-match: "v1"\r\nif-modified-since: ${date}\r\n`);
  });

  it('is read where it has changed', async () => {
    answer('200 OK', ['etag: "v2"']);
    expect(await get(known)).toMatchObject({ ok: true, validators: { etag: '"v2"' } });
  });

  it('is asked for by them only where they are from, not on the way there', async () => {
    stage.answer = (request, socket) => {
      const redirect = request.startsWith('GET /from ');
      socket.end(
        `HTTP/1.1 ${redirect ? `302 Found\r\nlocation: ${url}` : '304 Not Modified'}\r\ncontent-length: 0\r\n\r\n`,
      );
    };
    expect(await get(known, 'http://example.org/from')).toEqual({ ok: false, unchanged: true });
    expect(stage.received.map((request) => request.includes('if-none-match'))).toEqual([false, true]);
  });

  it('is not unchanged where nobody asked', async () => {
    answer('304 Not Modified', []);
    expect(await get()).toMatchObject({ code: 'FETCH_STATUS', reason: '304' });
    expect(await get({ ...known, url: 'http://example.org/other' })).toMatchObject({ code: 'FETCH_STATUS' });
  });

  it.each([
    { url, etag: '"a"\r\nx-evil: 1' },
    { url, etag: 'none' },
    { url, lastModified: 'now\r\nx-evil: 1' },
    { url },
  ])('is asked for as if it were new where its validators are none: %j', async (ifChanged) => {
    answer('304 Not Modified', []);
    expect(await get(ifChanged)).toMatchObject({ code: 'FETCH_STATUS' });
    expect(stage.received[0]).not.toMatch(/x-evil|if-/);
  });
});
