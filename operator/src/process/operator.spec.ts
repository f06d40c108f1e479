import { silentLogger, type KubeClient } from '@tagservice/controller-runtime';
import { metricsReference } from '@tagservice/testbed';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createOperator } from './operator.ts';

it('metrics of the operator are those of the reference', async () => {
  const registry = new Registry();
  const unused = (): never => {
    throw new Error('Nothing is asked for before the start.');
  };
  createOperator({
    client: {} as KubeClient,
    images: { api: 'api:1', compute: 'compute:1', redis: 'redis:1' },
    openTopicAdmin: unused,
    readText: unused,
    registry,
    log: silentLogger,
    leaderElection: { namespace: 'default', name: 'operator', identity: 'operator-0' },
  });
  const reference = metricsReference('the operator', registry);
  await expect(reference).toMatchFileSnapshot('../../../docs/reference/metrics-operator.md');
});
