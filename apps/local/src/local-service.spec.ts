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
