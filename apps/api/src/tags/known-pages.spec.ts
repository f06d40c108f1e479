import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { startTokenApi } from '../../test/token-api.ts';
import { keepEncoded, preparePage } from './page-answer.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';
const beesPath = `/v1/tags?url=${encodeURIComponent(bees)}`;
const evidence = Array.from({ length: 16 }, (_, index) => `plaats ${String(index)} – ü `.repeat(10));
const long = { tags: Array.from({ length: 5 }, (_, index) => ({ tag: `tag ${String(index)}`, score: 0.5, evidence })) };

type Answer = Awaited<ReturnType<TestApi['get']>>;

/** All that a caller sees but what differs from request to request. */
const seen = ({ statusCode, rawPayload, headers }: Answer) => {
  const { date: _, 'x-request-id': id, ...rest } = headers;
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  return { statusCode, rawPayload, headers: rest };
};

describe('a question that was asked before', () => {
  it.each([
    ['with a short answer', {}, {}],
    ['with a long answer', long, {}],
    ['with a long answer, to one who reads gzip', long, { 'accept-encoding': 'gzip, deflate' }],
    ['with a short answer, to one who reads gzip', {}, { 'accept-encoding': 'gzip' }],
    ['by one who prefers to wait a while', long, { prefer: 'wait=1' }],
    ['by one who knows another answer', long, { 'if-none-match': '"other"' }],
  ])('is answered as it was the first time (%s)', async (_, page, headers) => {
    await test.seed(bees, page);
    const first = seen(await test.tagsOf(bees, headers));
    expect(first.statusCode).toBe(200);
    for (let time = 2; time <= 4; time += 1)
      expect(seen(await test.tagsOf(bees, headers)), String(time)).toEqual(first);
    expect(await test.registry.metrics()).toContain('tagservice_api_answers_total{source="memory"} 3');
  });

  it('is answered with 304 for those who have the answer, in whatever encoding they had it', async () => {
    await test.seed(bees, long);
    const { etag } = (await test.tagsOf(bees)).headers;
    for (const header of [String(etag), `W/${String(etag)}`]) {
      const answer = await test.tagsOf(bees, { 'if-none-match': header, 'accept-encoding': 'gzip' });
      expect(answer.statusCode).toBe(304);
      expect(answer.body).toBe('');
      expect(answer.headers).toMatchObject({ etag, age: '0', vary: 'accept-encoding' });
      expect(answer.headers).not.toHaveProperty('content-length');
    }
  });

  it('has a head without a body for HEAD', async () => {
    await test.seed(bees, long);
    const { headers } = seen(await test.tagsOf(bees));
    const head = await test.api.app.inject({ method: 'HEAD', url: beesPath });
    expect(seen(head)).toEqual({ statusCode: 200, rawPayload: Buffer.alloc(0), headers });
  });

  it('is still looked at where it asks for more', async () => {
    await test.seed(bees);
    await test.tagsOf(bees);
    expect(problemIn(await test.get(`${beesPath}&y=2`)).code).toBe('PARAMETER_INVALID');
    expect(problemIn(await test.get(`${beesPath}&url=${encodeURIComponent(bees)}`)).code).toBe('PARAMETER_INVALID');
  });

  it('is counted, traced and logged like others', async () => {
    await test.seed(bees);
    await test.tagsOf(bees);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'x-request-id': 'mine' };
    const answer = await test.tagsOf(bees, headers);
    expect(answer.headers).toMatchObject({ 'x-request-id': 'mine', 'x-content-type-options': 'nosniff' });
    const lines = () => test.log().filter((line) => line['msg'] === 'answered');
    await expect.poll(() => lines().length).toBe(2);
    expect(lines()[1]).toMatchObject({ trace_id: traceId, route: '/v1/tags', status: 200 });
    expect(await test.registry.metrics()).toMatch(
      /tagservice_http_request_duration_seconds_count\{method="GET",route="\/v1\/tags",status="200",class="normal"\} 2/,
    );
  });

  it('is answered to nobody who may not ask', async () => {
    await test.close();
    const several = await startTokenApi();
    test = several;
    await test.seed(bees);
    const garden = await several.as({ tenant: 'garden' });
    for (const time of [1, 2]) expect((await test.tagsOf(bees, garden)).statusCode, String(time)).toBe(200);
    expect(problemIn(await test.tagsOf(bees)).code).toBe('TOKEN_MISSING');
    const other = await several.as({ tenant: 'garden', scope: 'crawl:write' });
    expect(problemIn(await test.tagsOf(bees, other)).code).toBe('SCOPE_MISSING');
  });
});

describe('the encoded forms of a record', () => {
  const { fresh } = preparePage({
    url: bees,
    urlHash: 'h',
    title: 'Bees',
    language: 'en',
    tags: [],
    taggedAt: '2026-03-01T12:00:00.000Z',
    jobId: '0123456789abcdef',
  });

  it('are kept as long as they take no more memory together than the record', () => {
    const half = Buffer.alloc(Math.floor(fresh.text.length / 2));
    for (const encoding of ['br', 'gzip', 'zstd'] as const) keepEncoded(fresh, encoding, half);
    expect([...fresh.encoded.keys()]).toEqual(['br', 'gzip']);
  });
});
