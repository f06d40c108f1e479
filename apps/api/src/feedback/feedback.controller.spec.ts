import { feedbackAnswerSchema } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashOf, problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { startTokenApi } from '../../test/token-api.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';
const accept = { url: bees, tag: 'Honey bees', verdict: 'accept' };

const kept = async () => (await test.side.feedback.since(0, 100)).map(({ number: _, ...verdict }) => verdict);

describe('a verdict about a tag', () => {
  it('is kept for whoever learns from it, under the one spelling of the page', async () => {
    const answer = await test.post('/v1/feedback', {
      ...accept,
      url: `${bees}?utm_source=x#part`,
      tag: ' Honey bees ',
    });
    expect(answer.statusCode, answer.body).toBe(200);
    const recordedAt = '2026-03-01T12:00:00.000Z';
    expect(feedbackAnswerSchema.parse(answer.json())).toEqual({ ...accept, recordedAt });
    expect(await kept()).toEqual([{ ...accept, tenant: 'anonymous', urlHash: hashOf(bees), recordedAt }]);
  });

  it('given again is the same one', async () => {
    const first = await test.post('/v1/feedback', accept);
    test.at(1_000);
    const again = await test.post('/v1/feedback', { ...accept, tag: 'HONEY BEES' });
    expect(again.body).toBe(first.body);
    expect(await kept()).toHaveLength(1);
  });

  it('given otherwise replaces the former', async () => {
    await test.post('/v1/feedback', accept);
    test.at(1_000);
    const changed = await test.post('/v1/feedback', { ...accept, verdict: 'reject' });
    expect(changed.json()).toMatchObject({ verdict: 'reject', recordedAt: '2026-03-01T12:00:01.000Z' });
    expect(await kept()).toMatchObject([{ verdict: 'reject' }]);
  });

  it('with an idempotency key is answered again as the first time', async () => {
    const key = { 'idempotency-key': '"v-1"' };
    await test.post('/v1/feedback', accept, key);
    await test.post('/v1/feedback', { ...accept, verdict: 'reject' });
    expect((await test.post('/v1/feedback', accept, key)).json()).toMatchObject({ verdict: 'accept' });
    expect(await kept()).toMatchObject([{ verdict: 'reject' }]);
    const batch = await test.post('/v1/tags:batch', { urls: [bees] }, key);
    expect(problemIn(batch).code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('is counted by what it says, never by page or tag', async () => {
    await test.post('/v1/feedback', accept);
    const metrics = await test.registry.metrics();
    expect(metrics).toContain('tagservice_api_verdicts_total{verdict="accept"} 1');
    expect(metrics).not.toContain('oney bees');
  });

  it.each([
    [{ ...accept, url: 'ftp://a.org' }, 422, 'URL_SCHEME'],
    [{ ...accept, tag: '  ' }, 400, 'TAG_INVALID'],
    [{ ...accept, tag: 'a\u0000b' }, 400, 'TAG_INVALID'],
    [{ ...accept, tag: 'a'.repeat(65) }, 400, 'PARAMETER_INVALID'],
    [{ ...accept, verdict: 'maybe' }, 400, 'PARAMETER_INVALID'],
    [{ ...accept, tenant: 'another' }, 400, 'PARAMETER_INVALID'],
    [{ url: bees, tag: 'bees' }, 400, 'PARAMETER_INVALID'],
  ])('%j is refused with %i %s and changes nothing', async (body, status, code) => {
    const answer = await test.post('/v1/feedback', body);
    expect(answer.statusCode).toBe(status);
    expect(problemIn(answer).code).toBe(code);
    expect(await kept()).toEqual([]);
  });

  it('says which verdicts there are', async () => {
    const problem = problemIn(await test.post('/v1/feedback', { ...accept, verdict: 'maybe' }));
    expect(problem.errors).toMatchObject([{ pointer: '/verdict', fix: 'Give one of "accept", "reject".' }]);
  });

  it('is the tenant’s who gave it, and another tenant’s keys say nothing about it', async () => {
    await test.close();
    const several = await startTokenApi();
    test = several;
    const give = async (tenant: string, verdict: string) =>
      several.post(
        '/v1/feedback',
        { ...accept, verdict },
        { ...(await several.as({ tenant, scope: 'feedback:write' })), 'idempotency-key': '"v-1"' },
      );
    expect((await give('garden', 'accept')).json()).toMatchObject({ verdict: 'accept' });
    expect((await give('kitchen', 'reject')).json()).toMatchObject({ verdict: 'reject' });
    expect(problemIn(await give('garden', 'reject')).code).toBe('IDEMPOTENCY_CONFLICT');
    expect(await kept()).toMatchObject([
      { tenant: 'garden', verdict: 'accept' },
      { tenant: 'kitchen', verdict: 'reject' },
    ]);
  });

  it('is refused while Redis is away', async () => {
    test.side.setAvailable(false);
    expect(problemIn(await test.post('/v1/feedback', accept)).code).toBe('STORE_UNAVAILABLE');
  });
});
