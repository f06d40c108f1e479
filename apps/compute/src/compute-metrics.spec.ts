import { metricsReference } from '@tagservice/testbed';
import { expect, it } from 'vitest';
import { startTestCompute } from '../test/compute-harness.ts';
import { observeBreakers } from './compute-metrics.ts';

it('metrics of compute are those of the reference', async () => {
  const test = await startTestCompute();
  // The process connects to Redis, which the test does not.
  observeBreakers(test.registry);
  const reference = metricsReference('compute', test.registry);
  await test.close();
  await expect(reference).toMatchFileSnapshot('../../../docs/reference/metrics-compute.md');
});
