import { metricsReference } from '@tagservice/testbed';
import { expect, it } from 'vitest';
import { startTestCompute } from '../test/compute-harness.ts';

it('metrics of compute are those of the reference', async () => {
  const test = await startTestCompute();
  const reference = metricsReference('compute', test.registry);
  await test.close();
  await expect(reference).toMatchFileSnapshot('../../../docs/reference/metrics-compute.md');
});
