import { problemAnswerSchema } from '@tagservice/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { fuzzedRequests } from '../../test/openapi-arbitraries.ts';
import type { FuzzedDocument } from '../../test/openapi-arbitraries.ts';

/** A sample here; the whole with `FUZZ_REQUESTS=100000 npx vitest run --project unit apps/api/src/openapi/fuzz.spec.ts`. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_500);

let test: TestApi;
beforeAll(async () => {
  // Nobody waits: the clock of this service stands still.
  test = await startTestApi({ deadlineMs: 0 });
  await test.seed('https://example.org/a');
  // Half of the pages are made at once, half never.
  await test.compute((request) => (request.urlHash < '8' ? test.succeed(request) : Promise.resolve()));
});
afterAll(() => test.close());

describe('requests made from the OpenAPI document', () => {
  it('are never answered with a failure of ours, and refused only with problems of the catalogue', async () => {
    const document = (await test.get('/openapi.json')).json<FuzzedDocument>();
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fuzzedRequests(document), async ({ payload, ...request }) => {
        const answer = await test.api.app.inject({ ...request, ...(payload === undefined ? {} : { payload }) });
        statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
        expect(answer.statusCode, answer.body).toBeLessThan(500);
        expect(answer.headers['x-content-type-options']).toBe('nosniff');
        if (answer.statusCode < 400 || request.method === 'HEAD') return;
        expect(problemAnswerSchema.parse(JSON.parse(answer.body)).status).toBe(answer.statusCode);
      }),
      { numRuns: REQUESTS },
    );
    // A fuzzer that is always turned away at the door proves little.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 202, 400, 404, 405, 406, 415, 422]));
    if (REQUESTS > 10_000) process.stdout.write(`${JSON.stringify(Object.fromEntries(statuses))}\n`);
  }, 1_800_000);
});
