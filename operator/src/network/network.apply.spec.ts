import { describe, expect, it } from 'vitest';
import type { Deployment, KubeObject } from '@tagservice/controller-runtime';
import { cacheOf, service } from '../../test/fixtures.ts';
import { computeEnvironmentOf } from '../compute/compute.plan.ts';
import type { StepContext } from '../step/step.ts';
import { applyNetworkPolicy } from './network.apply.ts';

/** What was written, with a cluster in which these objects stand. */
async function written(
  policies: boolean,
  objects: readonly KubeObject[] = [],
  deployments: readonly Deployment[] = [],
) {
  const declared = service({ network: { policies } });
  const done: string[] = [];
  const children = {
    apply: (_resource: unknown, policy: object) => Promise.resolve(void done.push(JSON.stringify(policy))),
    remove: (_resource: unknown, name: string) => Promise.resolve(done.push(`remove ${name}`) > 0),
  } as unknown as StepContext['children'];
  const context = { service: declared, cache: cacheOf(objects), children };
  await applyNetworkPolicy(context, computeEnvironmentOf(declared), deployments);
  return done;
}

const standing = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'demo-compute', namespace: 'tags', resourceVersion: '1', uid: 'p' },
} as KubeObject;

const deployment = (name: string, component: string, brokers: string): Deployment =>
  ({
    metadata: { name, namespace: 'tags', labels: { 'app.kubernetes.io/component': component } },
    spec: {
      template: {
        spec: {
          containers: [{ name: 'main', env: [{ name: 'KAFKA_BROKERS', value: brokers }, { name: 'POD_NAME' }] }],
        },
      },
    },
  }) as unknown as Deployment;

describe('the policy of the workers', () => {
  it('is made where it is wanted', async () => {
    expect(await written(true)).toHaveLength(1);
  });

  it('is removed where it is not wanted, and looked for only in the cache', async () => {
    expect(await written(false, [standing])).toEqual(['remove demo-compute']);
    expect(await written(false)).toEqual([]);
  });

  it('lets out the workers of all revisions, and those of no other component', async () => {
    const [policy = ''] = await written(
      true,
      [],
      [deployment('demo-compute-b', 'compute', 'kafka.old:9092'), deployment('demo-api-b', 'api', 'kafka.api:9092')],
    );
    expect(policy).toContain('"kubernetes.io/metadata.name":"old"');
    expect(policy).not.toContain('"kubernetes.io/metadata.name":"api"');
  });

  it('is the same in whatever order the revisions are seen', async () => {
    const [one, other] = [
      deployment('demo-compute-a', 'compute', 'kafka.a:1'),
      deployment('demo-compute-b', 'compute', 'kafka.b:1'),
    ];
    expect(await written(true, [], [one, other])).toEqual(await written(true, [], [other, one]));
  });
});
