import { apiClient } from '@tagservice/api-client';
import { createLogger } from '@tagservice/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PortTaken, startLocalService } from './local-service.ts';
import type { LocalService } from './local-service.ts';
import { UsageError, readOptions } from './options.ts';

const logger = createLogger({ level: 'silent', base: {} });
let service: LocalService;
beforeAll(async () => {
  service = await startLocalService(0, logger);
});
afterAll(() => service.close());

interface Answer {
  title: string;
  tags: { tag: string }[];
}

async function tagsOf(url: string): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${service.url}/v1/tags?url=${encodeURIComponent(url)}`);
  return { status: response.status, body: (await response.json()) as Answer };
}

describe('the service in one process', () => {
  it('tags its sample pages without internet, and finds them by their tags', async () => {
    const [page = ''] = service.samplePages;
    const { status, body } = await tagsOf(page);
    expect(status).toBe(200);
    expect(body.tags.length).toBeGreaterThan(2);
    const tag = body.tags[0]?.tag ?? '';
    const found = await fetch(`${service.url}/v1/tags/${encodeURIComponent(tag)}/urls`);
    expect(await found.json()).toMatchObject({ urls: [{ url: page }] });
  });

  it('says why a page cannot be tagged', async () => {
    const { origin } = new URL(service.samplePages[0] ?? '');
    expect(await tagsOf(`${origin}/no/such/page`)).toMatchObject({ status: 502, body: { code: 'FETCH_STATUS' } });
    expect(await tagsOf('http://169.254.169.254/latest/')).toMatchObject({
      status: 422,
      body: { code: 'FETCH_REFUSED' },
    });
  });

  it('on a port that is taken says so, and what to do', async () => {
    const taken = startLocalService(Number(new URL(service.url).port), logger);
    await expect(taken).rejects.toThrow(PortTaken);
    await expect(taken).rejects.toThrow('npm start -- --port');
  });
});

describe('the service, asked with the client that is made from its document', () => {
  const client = () => apiClient({ baseUrl: service.url });

  it('tags many pages at once, lists them by a tag, and names those that are like one another', async () => {
    const urls = service.samplePages.slice(0, 3);
    const { data: batch } = await client().POST('/v1/tags:batch', { body: { urls: [...urls] } });
    expect(batch?.items.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { url = '', tags = [] } = batch?.items[0]?.page ?? {};
    const [{ tag } = { tag: '' }] = tags;
    const { data: list } = await client().GET('/v1/tags/{tag}/urls', {
      params: { path: { tag }, query: { perHost: 5 } },
    });
    expect(list?.urls.map((listed) => listed.url)).toContain(url);
    const { data: related } = await client().GET('/v1/urls:related', { params: { query: { url: urls[0] ?? '' } } });
    expect(related).toMatchObject({ url, urls: expect.any(Array) as unknown[] });
  });

  it('takes a verdict about a tag', async () => {
    const body = { url: service.samplePages[0] ?? '', tag: 'Bread', verdict: 'accept' as const };
    const { data, error } = await client().POST('/v1/feedback', { body });
    expect(error).toBeUndefined();
    expect(data).toMatchObject(body);
  });

  it('follows a job to its end', async () => {
    const url = service.samplePages[4] ?? '';
    const params = { query: { url }, header: { Prefer: 'respond-async' } };
    const { data, response } = await client().GET('/v1/tags', { params });
    expect(response.status).toBe(202);
    const id = data !== undefined && 'job' in data ? data.job.id : '';
    const { data: events } = await client().GET('/v1/jobs/{id}/events', { params: { path: { id } }, parseAs: 'text' });
    expect(String(events)).toMatch(/event: status\ndata: .*"status":"done".*\n\n$/);
    const { data: job } = await client().GET('/v1/jobs/{id}', { params: { path: { id } } });
    expect(job?.result).toBe(`/v1/tags?url=${encodeURIComponent(url)}`);
  });

  it('is told what is wrong, by the codes of the document', async () => {
    const { error, response } = await client().GET('/v1/tags', { params: { query: { url: 'ftp://example.org/' } } });
    expect(response.status).toBe(422);
    expect(error?.code).toBe('URL_SCHEME');
    expect(error?.fix).not.toBe('');
  });
});

describe('the command line', () => {
  it.each([
    [[], { port: 8080, help: false }],
    [['--port', '9000'], { port: 9000, help: false }],
    [['--help'], { port: 8080, help: true }],
  ])('%j is understood', (args, expected) => {
    expect(readOptions(args)).toEqual(expected);
  });

  it.each([[['--port', 'http']], [['--port', '70000']], [['--prot', '1']], [['serve']]])('%j is refused', (args) => {
    expect(() => readOptions(args)).toThrow(UsageError);
  });
});
