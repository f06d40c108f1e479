import {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  keyOf,
  PodDisruptionBudget,
  NetworkPolicy,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { TagServices } from './resource.ts';
import { Operations, Revisions } from './revision/revision.resource.ts';
import { applyService, conditionOf, runPods, smallSpec, waitForStatus } from '../test/harness.ts';
import { declareService, useHarness, useKafka, within } from '../test/suite.ts';

const harness = useHarness();
const kafka = useKafka();

const names = async <T extends KubeObject>(resource: Resource<T>, namespace: string): Promise<string[]> => {
  const { items } = await harness.client.list(resource, { namespace, labelSelector: 'tagservice.dev/service' });
  return items.map(({ metadata }) => metadata.name).sort();
};

/** The Deployment of the revision that serves. */
async function deploymentOf(namespace: string, component: string): Promise<{ namespace: string; name: string }> {
  const { status } = await harness.client.get(TagServices, { namespace, name: 'demo' });
  const revision = status?.revisions?.stable?.slice('demo-'.length) ?? '';
  return { namespace, name: `demo-${component}-${revision}` };
}

/** Applies a service with running pods and waits until it is ready, all but scaling, which needs a metrics API. */
async function readyService(namespace: string, name = 'demo', spec = smallSpec(kafka.broker)): Promise<void> {
  await declareService(harness.client, { namespace, name, spec });
  await vi.waitFor(async () => {
    await runPods(harness.client, namespace);
    expect(conditionOf(await harness.client.get(TagServices, { namespace, name }), 'Ready')).toMatchObject({
      status: 'True',
    });
  }, within);
}

describe('a TagService that is applied', () => {
  it('gets all its children, each owned by it', async () => {
    await readyService('made');
    const { revisions: { stable = '' } = {} } =
      (await harness.client.get(TagServices, { namespace: 'made', name: 'demo' })).status ?? {};
    const id = stable.slice('demo-'.length);
    expect(await names(Deployment, 'made')).toEqual([`demo-api-${id}`, `demo-compute-${id}`]);
    expect(await names(Revisions, 'made')).toEqual([stable]);
    expect(await names(StatefulSet, 'made')).toEqual(['demo-redis']);
    expect(await names(Service, 'made')).toEqual(['demo-api', 'demo-compute', 'demo-redis', 'demo-redis-primary']);
    expect(await names(HorizontalPodAutoscaler, 'made')).toEqual(['demo-api', 'demo-compute']);
    expect(await names(PodDisruptionBudget, 'made')).toEqual(['demo-api', 'demo-compute', 'demo-redis']);
    expect(await names(NetworkPolicy, 'made')).toEqual(['demo-compute']);
    expect(await names(ServiceAccount, 'made')).toEqual(['demo-api', 'demo-compute', 'demo-redis']);
    expect(await names(Secret, 'made')).toEqual(['demo-api-keys', 'demo-redis-access', 'demo-redis-auth']);
    expect(await names(ConfigMap, 'made')).toEqual(['demo-redis']);
    const owner = await harness.client.get(TagServices, { namespace: 'made', name: 'demo' });
    for (const resource of [Deployment, StatefulSet, Service, Secret] as Resource[]) {
      const { items } = await harness.client.list(resource, {
        namespace: 'made',
        labelSelector: 'tagservice.dev/service',
      });
      for (const { metadata } of items)
        expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([owner.metadata.uid]);
    }
  });

  it('gets its topics as declared', async () => {
    const prefix = 'made.demo';
    const found = await kafka.admin.describe(
      ['tag-requests', 'tag-results', 'tag-dead-letters'].map((topic) => `${prefix}.${topic}`),
    );
    expect(found.map(({ partitions }) => partitions)).toEqual([4, 4, 4]);
    expect(found.find(({ name }) => name.endsWith('tag-requests'))?.configs).toMatchObject({
      'retention.ms': '86400000',
      'min.insync.replicas': '1',
      'cleanup.policy': 'delete',
    });
  });

  it('tells in its status what was made', async () => {
    const object = await waitForStatus(harness.client, { namespace: 'made', name: 'demo' }, (status) => {
      expect(status.scaling?.lag).toBe(0);
    });
    expect(object.status).toMatchObject({
      observedGeneration: object.metadata.generation,
      redis: { primary: { pod: 'demo-redis-0' } },
      compute: { ready: 1, desired: 1, selector: 'tagservice.dev/service=demo,app.kubernetes.io/component=compute' },
    });
    expect(object.status?.topics?.map(({ name, partitions, ready }) => ({ name, partitions, ready }))).toEqual([
      { name: 'made.demo.tag-requests', partitions: 4, ready: true },
      { name: 'made.demo.tag-results', partitions: 4, ready: true },
      { name: 'made.demo.tag-dead-letters', partitions: 4, ready: true },
    ]);
    const conditions = object.status?.conditions ?? [];
    expect(conditions.map(({ type }) => type).sort()).toEqual(
      [
        'ApiReady',
        'ComputeReady',
        'LagKnown',
        'Ready',
        'RedisReady',
        'RolloutHealthy',
        'ScalingActive',
        'TopicsReady',
      ].sort(),
    );
    for (const condition of conditions) expect(condition.observedGeneration).toBe(object.metadata.generation);
  });

  it('leaves replicas of scaled Deployments to the autoscaler', async () => {
    const patch = { spec: { replicas: 3 } };
    await harness.client.patch(Deployment, await deploymentOf('made', 'compute'), {
      patch,
      fieldManager: 'autoscaler',
    });
    await vi.waitFor(async () => {
      await runPods(harness.client, 'made');
      const { status } = await harness.client.get(TagServices, { namespace: 'made', name: 'demo' });
      expect(status?.compute).toMatchObject({ ready: 3, desired: 3 });
    }, within);
    const { spec } = await harness.client.get(Deployment, await deploymentOf('made', 'compute'));
    expect(spec?.replicas).toBe(3);
  });
});

describe('the policy of the workers', () => {
  it('goes when it is not wanted and comes back when it is', async () => {
    await readyService('fenced');
    const key = { namespace: 'fenced', name: 'demo' };
    const want = (policies: boolean) =>
      harness.client.patch(TagServices, key, { patch: { spec: { network: { policies } } } });
    for (const [policies, found] of [
      [false, []],
      [true, ['demo-compute']],
    ] as const) {
      await want(policies);
      await expect.poll(() => names(NetworkPolicy, 'fenced'), within).toEqual(found);
    }
  });
});

describe('at rest', () => {
  it('writes nothing at all', async () => {
    await readyService('rest');
    const resources = [
      TagServices,
      Deployment,
      StatefulSet,
      Service,
      Secret,
      ConfigMap,
      HorizontalPodAutoscaler,
      PodDisruptionBudget,
      NetworkPolicy,
      ServiceAccount,
      Revisions,
      Operations,
    ];
    const versions = async () =>
      Promise.all(
        (resources as Resource[]).map(async (resource) => {
          const { items } = await harness.client.list(resource, { namespace: 'rest' });
          return items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
        }),
      );
    const settled = async () => {
      const [before, start] = [await versions(), await reconciles()];
      // Three further looks at least, each of which could write.
      await vi.waitFor(async () => {
        for (let look = 0; look < 3; look++)
          harness.operator.manager.enqueue('tagservice', { namespace: 'rest', name: 'demo' });
        expect((await reconciles()) - start).toBeGreaterThanOrEqual(3);
      }, within);
      return { before, after: await versions() };
    };
    // The first look at the queue may have come before its topic.
    await waitForStatus(harness.client, { namespace: 'rest', name: 'demo' }, (_status, object) => {
      expect(conditionOf(object, 'LagKnown')).toMatchObject({ status: 'True' });
    });
    // The autoscaler may still be taking its first look at the Deployments.
    await vi.waitFor(async () => {
      const { before, after } = await settled();
      expect(after).toEqual(before);
    }, within);
    const { before, after } = await settled();
    expect(after).toEqual(before);
  });

  async function reconciles(): Promise<number> {
    const text = await harness.registry.metrics();
    const lines = text.match(/^controller_runtime_reconcile_total\{[^}]*\} (\d+)$/gm) ?? [];
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  it('writes nothing after a restart of the operator either', async () => {
    const key = { namespace: 'rest', name: 'demo' };
    const before = await harness.client.get(Deployment, await deploymentOf('rest', 'api'));
    const service = await harness.client.get(TagServices, key);
    await harness.restart();
    await vi.waitFor(async () => {
      expect(await reconciles()).toBeGreaterThanOrEqual(2);
    }, within);
    expect((await harness.client.get(Deployment, keyOf(before))).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
    const after = await harness.client.get(TagServices, key);
    expect(after.status?.conditions).toEqual(service.status?.conditions);
  });
});

describe('what others do to children', () => {
  beforeAll(async () => {
    await readyService('drift');
  });

  const children: [string, Resource, string][] = [
    ['the API Deployment', Deployment as Resource, 'api'],
    ['the workers', Deployment as Resource, 'compute'],
    ['the store', StatefulSet as Resource, 'demo-redis'],
    ['a Service', Service as Resource, 'demo-redis-primary'],
    ['an autoscaler', HorizontalPodAutoscaler as Resource, 'demo-compute'],
    ['a budget', PodDisruptionBudget as Resource, 'demo-api'],
    ['the configuration of Redis', ConfigMap as Resource, 'demo-redis'],
  ];
  it.each(children)('is undone when they delete %s', async (_what, resource, name) => {
    const key = resource.kind === 'Deployment' ? await deploymentOf('drift', name) : { namespace: 'drift', name };
    const before = await harness.client.get(resource, key);
    await harness.client.delete(resource, key);
    await vi.waitFor(async () => {
      const after = await harness.client.get(resource, key);
      expect(after.metadata.uid).not.toBe(before.metadata.uid);
    }, within);
  });

  it('is undone when they change the image', async () => {
    const key = await deploymentOf('drift', 'api');
    const patch = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'evil:1' }];
    await harness.client.raw(`/apis/apps/v1/namespaces/drift/deployments/${key.name}`, {
      method: 'PATCH',
      body: patch,
      contentType: 'application/json-patch+json',
    });
    await vi.waitFor(async () => {
      const { spec } = await harness.client.get(Deployment, key);
      expect(spec?.template.spec?.containers[0]?.image).toBe('tagservice/api:test');
    }, within);
  });

  it('is undone when they point the primary Service elsewhere', async () => {
    const key = { namespace: 'drift', name: 'demo-redis-primary' };
    await harness.client.patch(Service, key, {
      patch: { spec: { selector: { 'statefulset.kubernetes.io/pod-name': 'demo-redis-1' } } },
    });
    await vi.waitFor(async () => {
      const { spec } = await harness.client.get(Service, key);
      expect(spec?.selector?.['statefulset.kubernetes.io/pod-name']).toBe('demo-redis-0');
    }, within);
  });

  it('keeps annotations that they add', async () => {
    const key = { namespace: 'drift', name: 'demo-api' };
    await harness.client.patch(Service, key, {
      patch: { metadata: { annotations: { 'example.com/note': 'ours' } }, spec: { sessionAffinity: 'ClientIP' } },
    });
    await applyService(harness.client, {
      namespace: 'drift',
      name: 'demo',
      spec: smallSpec(kafka.broker, { api: { deadline: '4s' } }),
    });
    await vi.waitFor(async () => {
      await runPods(harness.client, 'drift');
      const { spec } = await harness.client.get(Deployment, await deploymentOf('drift', 'api'));
      expect(spec?.template.spec?.containers[0]?.env).toContainEqual({ name: 'API_DEADLINE_MS', value: '4000' });
    }, within);
    const { metadata } = await harness.client.get(Service, key);
    expect(metadata.annotations).toMatchObject({ 'example.com/note': 'ours' });
  });
});
