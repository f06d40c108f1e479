import { metricsReference } from '@tagservice/testbed';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

describe('metrics of the API', () => {
  it('are those of the reference', async () => {
    const reference = metricsReference('the API', test.registry);
    await expect(reference).toMatchFileSnapshot('../../../../docs/reference/metrics-api.md');
  });

  it('count answers by method, pattern of the route and status, never by path', async () => {
    await test.seed('https://example.org/bees');
    await test.tagsOf('https://example.org/bees');
    await test.tagsOf('https://example.org/bees');
    await test.get('/v1/jobs/one-that-is-not');
    await test.get('/nothing/of/the/kind');
    const text = await test.registry.metrics();
    const counted = [...text.matchAll(/^tagservice_http_request_duration_seconds_count\{(.*)\} (\d+)$/gm)];
    expect(counted.map(([, labels, count]) => `${String(labels)} ${String(count)}`).toSorted()).toEqual([
      'method="GET",route="(none)",status="404" 1',
      'method="GET",route="/v1/jobs/{id}",status="404" 1',
      'method="GET",route="/v1/tags",status="200" 2',
    ]);
  });
});
