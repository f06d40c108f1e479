import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { startTokenApi } from '../../test/token-api.ts';
import { canonicalJson } from './idempotency.ts';
import { parseKept } from './kept-answer.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const batch = { urls: ['https://example.org/a'] };
const key = { 'idempotency-key': '"order-17"', prefer: 'respond-async' };

const post = (body: unknown = batch, headers: Record<string, string> = key) =>
  test.post('/v1/tags:batch', body, headers);

describe('a request with an idempotency key', () => {
  it('gets the answer of the first again, marked as such, and is not done again', async () => {
    const first = await post();
    const job = first.json<{ items: [{ accepted: { job: { id: string } } }] }>().items[0].accepted.job.id;
    await test.compute(test.succeed);
    await expect.poll(async () => (await test.store.readJob(job))?.status).toBe('done');
    const again = await post();
    expect(again.statusCode).toBe(200);
    expect(again.body).toBe(first.body);
    expect(again.headers).toMatchObject({ 'idempotency-replayed': 'true', 'preference-applied': 'respond-async' });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    // Without the key it is a new request.
    expect((await post(batch, {})).body).not.toBe(first.body);
  });

  it('is one request for each tenant, answered with the names that its jobs have to them', async () => {
    await test.close();
    const several = await startTokenApi();
    test = several;
    const as = async (tenant: string) => (await post(batch, { ...key, ...(await several.as({ tenant })) })).body;
    const [garden, kitchen] = [await as('garden'), await as('kitchen')];
    expect(garden).not.toBe(kitchen);
    expect(await as('garden')).toBe(garden);
    expect(await as('kitchen')).toBe(kitchen);
  });

  it('may be spelled otherwise: bare key, other order of members', async () => {
    const first = await test.post('/v1/feedback-like', '{}', key);
    expect(first.statusCode).toBe(404);
    const one = await post();
    const two = await post('{ "urls" : [ "https://example.org/a" ] }', { ...key, 'idempotency-key': 'order-17' });
    expect(two.body).toBe(one.body);
  });

  it('is refused when its key belongs to another body', async () => {
    await post();
    const other = await post({ urls: ['https://example.org/b'] });
    expect(other.statusCode).toBe(422);
    expect(problemIn(other).code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('is told to come back while the first is being worked on', async () => {
    const waiting = post(batch, { ...key, prefer: 'wait=1' });
    await expect.poll(() => test.registry.metrics()).toContain('tagservice_api_in_flight 1');
    const second = await post(batch, { ...key, prefer: 'wait=1' });
    expect(second.statusCode).toBe(409);
    expect(second.headers['retry-after']).toBe('1');
    expect(problemIn(second).code).toBe('IDEMPOTENCY_RUNNING');
    test.at(1_001);
    expect((await waiting).statusCode).toBe(200);
  });

  it('may be tried again after a failure of ours, and after the day for which answers are kept', async () => {
    test.broker.setAvailable(false);
    expect((await post()).statusCode).toBe(503);
    test.broker.setAvailable(true);
    const done = await post();
    expect(done.statusCode).toBe(200);
    test.at(86_400_001);
    expect((await post({ urls: ['https://example.org/b'] })).statusCode).toBe(200);
  });

  it('is begun anew when the instance that worked on it was lost', async () => {
    const { side } = test;
    const lost = side.notes.put.bind(side.notes);
    // The instance dies before it can keep its answer.
    Object.assign(side.notes, { put: () => Promise.reject(new TypeError('gone')) });
    await post();
    Object.assign(side.notes, { put: lost });
    expect((await post()).statusCode).toBe(409);
    test.at(60_001);
    expect((await post()).statusCode).toBe(200);
  });

  it('is refused while the store is away: a promise to do it once could not be kept', async () => {
    test.side.setAvailable(false);
    const refused = await post();
    expect(refused.statusCode).toBe(503);
    expect(problemIn(refused).code).toBe('STORE_UNAVAILABLE');
    expect((await post(batch, { prefer: 'respond-async' })).statusCode).toBe(200);
  });

  it.each(['', '""', '"', 'a"b', 'é', `"${'a'.repeat(129)}"`, '"a", "b"', 'two words'])(
    'is refused when the key is %j',
    async (text) => {
      const answer = await post(batch, { 'idempotency-key': text });
      expect(answer.statusCode).toBe(400);
      expect(problemIn(answer).code).toBe('IDEMPOTENCY_KEY_INVALID');
    },
  );
});

describe('what decides whether two requests are one', () => {
  it('is their content, not the order of their members', () => {
    expect(canonicalJson({ b: [{ y: 1, x: 2 }], a: null })).toBe(canonicalJson({ a: null, b: [{ x: 2, y: 1 }] }));
    expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }));
  });

  it('loses nothing of a body', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is not a note that this version cannot read', () => {
    for (const text of ['', '{}', '[]', '{"fingerprint":1}']) expect(parseKept(text)).toBeUndefined();
  });
});
