import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

const handles = {
  seal: (tenant: string, id: string) => `${id}-for-${tenant}`,
  open: (tenant: string, name: string) =>
    name.endsWith(`-for-${tenant}`) ? name.slice(0, -`-for-${tenant}`.length) : undefined,
};

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi({}, (server) => {
    if (!server.hasDecorator('jobHandles')) server.decorate('jobHandles', handles);
  });
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';
const async = { prefer: 'respond-async' };

describe('where tenants are told apart, a job has the name that is theirs', () => {
  it('in every answer that names it, and is found under it', async () => {
    const accepted = await test.tagsOf(bees, async);
    const location = String(accepted.headers['location']);
    expect(location).toMatch(/^\/v1\/jobs\/[0-9a-f]{32}-[0-9a-f]{16}-for-anonymous$/);
    expect(accepted.json()).toMatchObject({ location, job: { id: location.slice(9) } });
    const batch = await test.post('/v1/tags:batch', { urls: [bees] }, async);
    expect(batch.json()).toMatchObject({ items: [{ accepted: { location, job: { id: location.slice(9) } } }] });
    const related = await test.get(`/v1/urls:related?url=${encodeURIComponent(bees)}`);
    expect(related.headers['location']).toBe(location);
    expect((await test.get(location)).json()).toMatchObject({ id: location.slice(9), status: 'queued' });
    await test.compute((request) => test.fail(request, { code: 'FETCH_DNS', detail: '' }));
    await expect.poll(async () => (await test.get(location)).json<{ status: string }>().status).toBe('failed');
    const events = await test.get(`${location}/events`);
    expect(events.body).toContain(`"id":"${location.slice(9)}"`);
    const failed = await test.post('/v1/tags:batch', { urls: [bees] });
    expect(failed.json()).toMatchObject({ items: [{ problem: { job: location.slice(9) } }] });
  });

  it('and is not found under any other', async () => {
    const location = String((await test.tagsOf(bees, async)).headers['location']);
    for (const path of [location.replace('anonymous', 'acme'), location.replace('-for-anonymous', '')]) {
      for (const more of ['', '/events']) {
        const answer = await test.get(`${path}${more}`);
        expect(answer.statusCode).toBe(404);
        expect(problemIn(answer).code).toBe('JOB_NOT_FOUND');
      }
    }
  });
});
