import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../test/api-harness.ts';
import type { TestApi } from '../test/api-harness.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';

describe('what the API does not have', () => {
  it.each(['/', '/v1', '/v2/tags', '/v1/tags/bees', '/v1/jobs', '/metrics', '/health/ready', '/%00'])(
    '%s is not found',
    async (path) => {
      const answer = await test.get(path);
      expect(answer.statusCode).toBe(404);
      expect(problemIn(answer).code).toBe('NOT_FOUND');
    },
  );

  it.each([
    ['POST', '/v1/tags'],
    ['DELETE', '/v1/jobs/1'],
    ['PUT', '/v1/tags/bees/urls'],
    ['PATCH', '/openapi.json'],
  ] as const)('%s %s is not allowed, and it says what is', async (method, url) => {
    const answer = await test.api.app.inject({ method, url });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
    expect(problemIn(answer).code).toBe('METHOD_NOT_ALLOWED');
  });

  it('a path that cannot be decoded is refused', async () => {
    const answer = await test.get('/v1/tags/%ZZ/urls');
    expect(answer.statusCode).toBe(400);
    expect(problemIn(answer).code).toBe('PARAMETER_INVALID');
  });

  it('a body over the limit is refused', async () => {
    const payload = JSON.stringify('a'.repeat(70_000));
    const answer = await test.api.app.inject({
      method: 'POST',
      url: '/v1/tags',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect([405, 413]).toContain(answer.statusCode);
    expect(problemIn(answer).fix).not.toBe('');
  });
});

describe('every answer', () => {
  it.each(['/v1/tags', '/nothing', '/openapi.json'])('of %s has the security headers and an id', async (path) => {
    const { headers } = await test.get(path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it("carries the caller's id back, if it has a decent form", async () => {
    expect((await test.get('/v1/tags', { 'x-request-id': 'order-17:3' })).headers['x-request-id']).toBe('order-17:3');
    expect((await test.get('/v1/tags', { 'x-request-id': 'a"}<script>' })).headers['x-request-id']).toMatch(
      /^[0-9a-f]{32}$/,
    );
  });

  it('is logged once, by route and not by URL', async () => {
    await test.tagsOf('https://secret.example.org', { prefer: 'respond-async' });
    await expect.poll(() => test.log().filter((line) => line['msg'] === 'answered')).toHaveLength(1);
    expect(test.log().find((line) => line['msg'] === 'answered')).toMatchObject({ method: 'GET', route: '/v1/tags' });
    expect(JSON.stringify(test.log().filter((line) => line['msg'] === 'answered'))).not.toContain('secret.example.org');
  });

  it('is logged in samples where there are very many, and each line says for how many it stands', async () => {
    await test.seed(bees);
    await Promise.all(Array.from({ length: 400 }, () => test.tagsOf(bees)));
    const lines = (): Record<string, unknown>[] => test.log().filter((line) => line['msg'] === 'answered');
    await expect.poll(() => lines().filter((line) => line['standsFor'] === 100).length).toBeGreaterThan(0);
    expect(lines().length).toBeLessThan(400);
  });

  it('is counted by route, method, status and class of the caller', async () => {
    await test.seed(bees);
    await test.tagsOf(bees);
    await test.tagsOf(bees);
    await test.get('/whatever/this/is');
    const counted = 'tagservice_http_request_duration_seconds_count';
    await expect
      .poll(() => test.registry.metrics())
      .toContain(`${counted}{method="GET",route="(none)",status="404",class="none"} 1`);
    const metrics = await test.registry.metrics();
    expect(metrics).toContain(`${counted}{method="GET",route="/v1/tags",status="200",class="normal"} 2`);
    expect(metrics).toContain('tagservice_api_answers_total{source="store"} 1');
    expect(metrics).toContain('tagservice_api_answers_total{source="memory"} 1');
    expect(metrics).not.toContain('example.org');
  });

  it('to a defect of ours is a problem that tells nothing of the inside', async () => {
    test.store.readPage = () => Promise.reject(new TypeError('cannot read properties of /srv/app/secret'));
    const answer = await test.tagsOf(bees);
    expect(answer.statusCode).toBe(500);
    expect(problemIn(answer).code).toBe('INTERNAL');
    expect(answer.body).not.toContain('secret');
    const line = test.log().find((entry) => entry['msg'] === 'request failed');
    expect(line).toMatchObject({ level: 'error', error: { type: 'TypeError' } });
    expect(problemIn(answer).instance).toBe(`urn:trace:${String(line?.['trace_id'])}`);
  });
});

describe('more requests than the instance works on', () => {
  it('are refused with a time to come back, and the gauges tell', async () => {
    const held = Promise.withResolvers<undefined>();
    await test.compute(async (request) => {
      await held.promise;
      await test.succeed(request);
    });
    const waiting = Array.from({ length: 8 }, (_, index) => test.tagsOf(`${bees}/${String(index)}`));
    await expect.poll(() => test.requests.length).toBeGreaterThan(0);
    await expect.poll(() => test.registry.metrics()).toContain('tagservice_api_in_flight 8');
    const refused = await test.tagsOf(bees);
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(problemIn(refused).code).toBe('OVERLOADED');
    held.resolve(undefined);
    expect((await Promise.all(waiting)).map((answer) => answer.statusCode)).toEqual(Array(8).fill(200));
    await expect.poll(() => test.registry.metrics()).toContain('tagservice_api_in_flight 0');
    expect(await test.registry.metrics()).toContain('tagservice_api_in_flight_limit 8');
  });
});

describe('readiness', () => {
  it('names Redis and Kafka, needs both once, and only tells of their loss later', async () => {
    const ask = async () =>
      Object.fromEntries(await Promise.all(test.api.checks.map(async (check) => [check.name, await check.check()])));
    test.store.setAvailable(false);
    expect(await ask()).toMatchObject({
      redis: { ok: false, detail: expect.stringContaining('Redis') as string },
      kafka: { ok: true },
    });
    test.store.setAvailable(true);
    expect(await ask()).toMatchObject({ redis: { ok: true }, kafka: { ok: true } });
    test.broker.setAvailable(false);
    expect(await ask()).toMatchObject({ kafka: { ok: true, detail: expect.stringContaining('degraded') as string } });
  });
});

describe('over a real socket', () => {
  async function exchange(request: string): Promise<string> {
    const port = await test.api.listen(0, '127.0.0.1');
    const socket = connect(port, '127.0.0.1');
    socket.write(request);
    return text(socket);
  }

  it('what is not HTTP is answered with a problem', async () => {
    const answer = await exchange('nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('PARAMETER_INVALID');
  });

  it('a header that is too large is refused', async () => {
    const answer = await exchange(`GET /v1/tags HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('REQUEST_TOO_LARGE');
  });

  it('a caller who hangs up is not worked for any longer', async () => {
    const port = await test.api.listen(0, '127.0.0.1');
    const caller = new AbortController();
    const asked = fetch(`http://127.0.0.1:${String(port)}/v1/tags?url=${encodeURIComponent(bees)}`, {
      signal: caller.signal,
    });
    await expect.poll(() => test.registry.metrics()).toContain('tagservice_api_in_flight 1');
    caller.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => test.registry.metrics()).toContain('tagservice_api_in_flight 0');
    await expect.poll(() => test.log().some((line) => line['status'] === 499)).toBe(true);
  });
});
