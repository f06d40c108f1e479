import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashOf, problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

const bees = 'https://example.org/bees?kind=wild';

async function accepted(): Promise<string> {
  return String((await test.tagsOf(bees, { prefer: 'respond-async' })).headers['location']);
}

describe('a job', () => {
  it('under way says so, and when to look again', async () => {
    const answer = await test.get(await accepted());
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ url: bees, status: 'queued', attempts: 0 });
    expect(answer.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
  });

  it('that is done names the place of its result', async () => {
    const location = await accepted();
    await test.compute(test.succeed);
    const answer = await test.get(location, { prefer: 'wait=1' });
    const { status, result } = answer.json<{ status: string; result: string }>();
    expect(status).toBe('done');
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect((await test.get(result)).json()).toMatchObject({ url: bees });
  });

  it('that failed says why', async () => {
    const location = await accepted();
    await test.compute((request) => test.fail(request, { code: 'FETCH_DNS', detail: 'The host name has no address.' }));
    const answer = await test.get(location, { prefer: 'wait=1' });
    expect(answer.json()).toMatchObject({
      status: 'failed',
      error: { code: 'FETCH_DNS', detail: 'The host name has no address.' },
    });
  });

  it.each(['nonsense', `${hashOf(bees)}-0123456789abcdef`, '..%2F..%2Fetc', '%E2%82%AC'])(
    'that never was (%s) is not found',
    async (id) => {
      const answer = await test.get(`/v1/jobs/${id}`);
      expect(answer.statusCode).toBe(404);
      expect(problemIn(answer).code).toBe('JOB_NOT_FOUND');
    },
  );

  it('cannot be read while Redis is away', async () => {
    const location = await accepted();
    test.store.setAvailable(false);
    const answer = await test.get(location);
    expect(answer.statusCode).toBe(503);
    expect(problemIn(answer).code).toBe('STORE_UNAVAILABLE');
  });
});
