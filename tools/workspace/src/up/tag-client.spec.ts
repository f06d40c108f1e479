import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { awaitJob, PageNotTagged, requestTags, tagsOf } from './tag-client.ts';

const page = 'http://site/page?a=b';
const found = { url: page, title: 'Page', language: 'en', tags: [{ tag: 'moon', score: 0.9 }] };

type Reply = readonly [status: number, body: unknown];

describe('asking an API for tags', () => {
  let server: Server | undefined;

  /** An API that gives these replies one after the other, and the last one for ever. */
  async function api(replies: readonly Reply[]): Promise<{ base: string; asked: string[] }> {
    const asked: string[] = [];
    const left = [...replies];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const [status, body] = (left.length > 1 ? left.shift() : left[0]) ?? [500, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return { base: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked };
  }

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('gives the tags where they are there at once', async () => {
    const { base, asked } = await api([[200, found]]);
    expect(await tagsOf(base, page)).toEqual(found);
    expect(asked).toEqual([`/v1/tags?url=${encodeURIComponent(page)}`]);
  });

  it('waits for the job where the work was only accepted', async () => {
    const job = { id: 'j1', status: 'queued' };
    const { base, asked } = await api([
      [202, { job }],
      [200, job],
      [200, { ...job, status: 'done' }],
      [200, found],
    ]);
    expect(await tagsOf(base, page)).toEqual(found);
    expect(asked.slice(1)).toEqual(['/v1/jobs/j1', '/v1/jobs/j1', `/v1/tags?url=${encodeURIComponent(page)}`]);
  });

  it('passes on what a refusal says', async () => {
    const { base } = await api([[422, { code: 'URL_SCHEME' }]]);
    expect(await requestTags(base, page)).toEqual({ kind: 'refused', status: 422, problem: { code: 'URL_SCHEME' } });
    await expect(tagsOf(base, page)).rejects.toThrow(PageNotTagged);
  });

  it('tells why a job failed', async () => {
    const failed = { id: 'j1', status: 'failed', error: { code: 'FETCH_STATUS' } };
    const { base } = await api([
      [202, { job: failed }],
      [200, failed],
    ]);
    await expect(tagsOf(base, page)).rejects.toThrow('FETCH_STATUS');
  });

  it('stops waiting for a job when the time is over', async () => {
    const { base } = await api([[200, { id: 'j1', status: 'running' }]]);
    expect(await awaitJob(base, '/v1/jobs/j1', 50)).toBeUndefined();
  });
});
