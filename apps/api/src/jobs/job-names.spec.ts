import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn } from '../../test/api-harness.ts';
import { startTokenApi } from '../../test/token-api.ts';
import type { TokenApi } from '../../test/token-api.ts';

let test: TokenApi;
let garden: Record<string, string>;
let kitchen: Record<string, string>;
beforeEach(async () => {
  test = await startTokenApi();
  [garden, kitchen] = await Promise.all([test.as({ tenant: 'garden' }), test.as({ tenant: 'kitchen' })]);
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';
const async = { prefer: 'respond-async' };

describe('where tenants are told apart, a job has the name that is theirs', () => {
  it('in every answer that names it, and is found under it', async () => {
    const accepted = await test.tagsOf(bees, { ...garden, ...async });
    const location = String(accepted.headers['location']);
    expect(location).toMatch(/^\/v1\/jobs\/[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{32}$/);
    expect(accepted.json()).toMatchObject({ location, job: { id: location.slice(9) } });
    const batch = await test.post('/v1/tags:batch', { urls: [bees] }, { ...garden, ...async });
    expect(batch.json()).toMatchObject({ items: [{ accepted: { location, job: { id: location.slice(9) } } }] });
    const related = await test.get(`/v1/urls:related?url=${encodeURIComponent(bees)}`, garden);
    expect(related.headers['location']).toBe(location);
    expect((await test.get(location, garden)).json()).toMatchObject({ id: location.slice(9), status: 'queued' });
    await test.compute((request) => test.fail(request, { code: 'FETCH_DNS', detail: '' }));
    await expect.poll(async () => (await test.get(location, garden)).json<{ status: string }>().status).toBe('failed');
    const events = await test.get(`${location}/events`, garden);
    expect(events.body).toContain(`"id":"${location.slice(9)}"`);
    const failed = await test.post('/v1/tags:batch', { urls: [bees] }, garden);
    expect(failed.json()).toMatchObject({ items: [{ problem: { job: location.slice(9) } }] });
    expect(problemIn(await test.tagsOf(bees, garden)).job).toBe(location.slice(9));
  });

  it('and is not found under any other, nor by anybody else', async () => {
    const location = String((await test.tagsOf(bees, { ...garden, ...async })).headers['location']);
    const others = String((await test.tagsOf(bees, { ...kitchen, ...async })).headers['location']);
    for (const [path, caller] of [
      [location, kitchen],
      [others, garden],
      [location.slice(0, -33), garden],
    ] as const) {
      for (const more of ['', '/events']) {
        const answer = await test.get(`${path}${more}`, caller);
        expect(answer.statusCode).toBe(404);
        expect(problemIn(answer).code).toBe('JOB_NOT_FOUND');
      }
    }
  });
});
