import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

let one: TestApi;
let two: TestApi;
beforeEach(async () => {
  one = await startTestApi();
  two = await startTestApi({ instance: 'demo-api-1' }, one);
});
afterEach(async () => {
  await two.close();
  await one.close();
});

const bees = 'https://example.org/bees';

describe('two instances on one store', () => {
  it('compute a page once, however many ask both at the same time', async () => {
    await one.compute(one.succeed);
    const asked = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? one : two).tagsOf(bees));
    const batch = two.post('/v1/tags:batch', { urls: [bees, `${bees}#again`] });
    expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual(Array(12).fill(200));
    expect((await batch).json()).toMatchObject({ items: [{ status: 200 }, { status: 200 }] });
    expect(one.requests).toHaveLength(1);
  });

  it('give the same answer, under the same tag', async () => {
    await one.seed(bees);
    const [first, second] = [await one.tagsOf(bees), await two.tagsOf(bees)];
    expect(second.body).toBe(first.body);
    expect(second.headers['etag']).toBe(first.headers['etag']);
  });

  it('both leave a failed page alone', async () => {
    await one.compute((request) => one.fail(request, { code: 'PAGE_EMPTY', detail: '' }));
    expect((await one.tagsOf(bees)).statusCode).toBe(422);
    const second = await two.tagsOf(bees);
    expect(second.headers['retry-after']).toBe('600');
    expect(one.requests).toHaveLength(1);
  });

  it('repeat one another’s answers under an idempotency key, and go on with one another’s lists', async () => {
    const key = { 'idempotency-key': '"k"', prefer: 'respond-async' };
    const first = await one.post('/v1/tags:batch', { urls: [bees] }, key);
    const again = await two.post('/v1/tags:batch', { urls: [bees] }, key);
    expect(again.body).toBe(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    await one.seed('https://a.org/', { title: 'A' });
    await one.seed('https://b.org/', { title: 'B' });
    const list = (await one.get('/v1/tags/bees/urls?limit=1')).json<{ next: string }>();
    expect((await two.get(`/v1/tags/bees/urls?limit=1&cursor=${list.next}`)).json()).toMatchObject({ urls: [{}] });
  });
});
