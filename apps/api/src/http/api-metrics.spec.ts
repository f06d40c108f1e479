import { metricsReference } from '@tagservice/testbed';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observeBreakers } from './api-metrics.ts';
import { startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

let test: TestApi;
beforeEach(async () => {
  test = await startTestApi();
});
afterEach(() => test.close());

describe('metrics of the API', () => {
  it('are those of the reference', async () => {
    // The process connects to Redis, which the test does not.
    observeBreakers(test.registry);
    const reference = metricsReference('the API', test.registry);
    await expect(reference).toMatchFileSnapshot('../../../../docs/reference/metrics-api.md');
  });
});
