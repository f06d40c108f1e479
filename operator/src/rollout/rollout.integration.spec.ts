import {
  Deployment,
  HorizontalPodAutoscaler,
  Pod,
  PodDisruptionBudget,
  Secret,
  type Applied,
} from '@tagservice/controller-runtime';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Operations, Revisions } from '../revision/revision.resource.ts';
import {
  applyService,
  conditionOf,
  ensureNamespace,
  runPods,
  startHarness,
  waitForStatus,
  type Harness,
} from '../../test/harness.ts';
import { TagServices } from '../resource.ts';

let harness: Harness;
/** Only a failure takes so long. */
const within = { timeout: 40_000, interval: 100 };
const BAD = 'tagservice/api:bad';

/** Nobody answers there: rollouts do not wait for Kafka. */
const spec = (more: Partial<TagServiceSpecInput> = {}): TagServiceSpecInput => ({
  kafka: { brokers: ['127.0.0.1:1'], requests: { partitions: 4 } },
  redis: { replicas: 1 },
  ...more,
});

beforeAll(async () => {
  harness = await startHarness();
});

afterAll(async () => {
  await harness.stop();
});

const declare = async (namespace: string, wanted = spec()): Promise<void> => {
  await ensureNamespace(harness.client, namespace);
  await applyService(harness.client, { namespace, name: 'demo', spec: wanted });
};

const key = (namespace: string) => ({ namespace, name: 'demo' });

async function deployments(namespace: string): Promise<string[]> {
  const { items } = await harness.client.list(Deployment, { namespace });
  return items.map(({ metadata }) => metadata.name).sort();
}

const revisionOf = async (namespace: string): Promise<string> =>
  (await harness.client.get(TagServices, key(namespace))).status?.revisions?.stable ?? '';

const idOf = (revision: string): string => revision.slice('demo-'.length);

/** Plays the nodes until the stable revision is another than `former`, and everything around it has followed. */
async function serving(namespace: string, former = ''): Promise<string> {
  await vi.waitFor(async () => {
    await runPods(harness.client, namespace, BAD);
    const object = await harness.client.get(TagServices, key(namespace));
    expect(object.status?.observedGeneration).toBe(object.metadata.generation);
    expect(object.status?.revisions?.stable).not.toBe(former);
    expect(conditionOf(object, 'RolloutHealthy')).toMatchObject({ status: 'True', reason: 'RevisionServes' });
    expect(conditionOf(object, 'ApiReady')).toMatchObject({ status: 'True' });
    expect(conditionOf(object, 'ComputeReady')).toMatchObject({ status: 'True' });
  }, within);
  return revisionOf(namespace);
}

describe('the first revision', () => {
  let stable: string;

  beforeAll(async () => {
    await declare('first');
    stable = await serving('first');
  });

  it('owns one Deployment for each component, named after it', async () => {
    expect(await deployments('first')).toEqual([`demo-api-${idOf(stable)}`, `demo-compute-${idOf(stable)}`]);
    const { items } = await harness.client.list(Pod, { namespace: 'first', labelSelector: 'tagservice.dev/revision' });
    expect(new Set(items.map(({ metadata }) => metadata.labels?.['tagservice.dev/revision']))).toEqual(
      new Set([idOf(stable)]),
    );
  });

  it('is what autoscalers and budgets name', async () => {
    for (const component of ['api', 'compute']) {
      const name = { namespace: 'first', name: `demo-${component}` };
      const scaler = await harness.client.get(HorizontalPodAutoscaler, name);
      expect(scaler.spec?.scaleTargetRef.name).toBe(`demo-${component}-${idOf(stable)}`);
      const budget = await harness.client.get(PodDisruptionBudget, name);
      expect(budget.spec?.selector?.matchLabels?.['tagservice.dev/revision']).toBe(idOf(stable));
    }
  });

  it('is kept as a whole, with hashes in the place of contents', async () => {
    const revision = await harness.client.get(Revisions, { namespace: 'first', name: stable });
    expect(revision.status).toMatchObject({ role: 'Stable', promotion: 1 });
    expect(revision.spec).toMatchObject({ number: 1, images: { api: 'tagservice/api:test' } });
    expect(revision.spec.inputs).toEqual([{ kind: 'Secret', name: 'demo-redis-auth', hash: expect.any(String) }]);
    const { data = {} } = await harness.client.get(Secret, { namespace: 'first', name: 'demo-redis-auth' });
    expect(JSON.stringify(revision)).not.toContain(data['password']);
    expect((await harness.client.list(Operations, { namespace: 'first' })).items).toEqual([]);
  });

  it('is made anew when somebody deletes its Deployment', async () => {
    const name = { namespace: 'first', name: `demo-api-${idOf(stable)}` };
    const { metadata } = await harness.client.get(Deployment, name);
    await harness.client.delete(Deployment, name);
    await vi.waitFor(async () => {
      expect((await harness.client.get(Deployment, name)).metadata.uid).not.toBe(metadata.uid);
    }, within);
  });
});

describe('a change', () => {
  it('is a rollout: new pods are ready before old ones go, and the counts survive', async () => {
    await declare('change');
    const former = await serving('change');
    await harness.client.patch(
      Deployment,
      { namespace: 'change', name: `demo-api-${idOf(former)}` },
      { patch: { spec: { replicas: 4 } }, fieldManager: 'autoscaler' },
    );
    await vi.waitFor(async () => {
      await runPods(harness.client, 'change');
      expect((await harness.client.get(TagServices, key('change'))).status?.api).toEqual({ ready: 4, desired: 4 });
    }, within);
    await declare('change', spec({ observability: { logLevel: 'debug' } }));
    const stable = await serving('change', former);
    expect(await deployments('change')).toEqual([`demo-api-${idOf(stable)}`, `demo-compute-${idOf(stable)}`]);
    const { spec: made } = await harness.client.get(Deployment, {
      namespace: 'change',
      name: `demo-api-${idOf(stable)}`,
    });
    expect(made?.replicas).toBe(4);
    const [operation] = (await harness.client.list(Operations, { namespace: 'change' })).items;
    expect(operation?.spec).toEqual({ type: 'Rollout', from: former, to: stable });
    expect(operation?.status).toMatchObject({ outcome: 'Succeeded' });
    expect(operation?.status?.steps?.map(({ name }) => name)).toEqual(['Capacity', 'Endpoints', 'Roles', 'Removal']);
  });

  it('that does not get ready leaves the former revision serving, and is taken back without new pods', async () => {
    await declare('bad');
    const former = await serving('bad');
    const before = (await harness.client.list(Pod, { namespace: 'bad' })).items
      .map(({ metadata }) => metadata.uid)
      .sort();
    await declare('bad', spec({ images: { api: BAD } }));
    await waitForStatus(harness.client, key('bad'), (status, object) => {
      expect(status.revisions).toMatchObject({ stable: former, canary: expect.any(String) });
      expect(conditionOf(object, 'RolloutProgressing')).toMatchObject({ status: 'True' });
      expect(conditionOf(object, 'ApiReady')).toMatchObject({ status: 'False' });
      expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'False' });
    });
    await runPods(harness.client, 'bad', BAD);
    await declare('bad');
    await vi.waitFor(async () => {
      const object = await harness.client.get(TagServices, key('bad'));
      expect(object.status?.revisions).toEqual({ stable: former });
      expect(conditionOf(object, 'RolloutHealthy')).toMatchObject({ status: 'True', reason: 'RevisionServes' });
      expect(conditionOf(object, 'RolloutProgressing')).toBeUndefined();
    }, within);
    await vi.waitFor(async () => {
      const { items } = await harness.client.list(Pod, { namespace: 'bad' });
      const left = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      expect(left.map(({ metadata }) => metadata.uid).sort()).toEqual(before);
    }, within);
  });

  it('goes on after the operator was restarted in the middle of it', async () => {
    await declare('restart');
    const former = await serving('restart');
    await declare('restart', spec({ compute: { concurrency: 3 } }));
    await waitForStatus(harness.client, key('restart'), (status) => {
      expect(status.rollout?.step).toBe('Capacity');
    });
    await harness.restart();
    await serving('restart', former);
    expect((await harness.client.list(Operations, { namespace: 'restart' })).items).toHaveLength(1);
  });
});

describe('a Secret that pods refer to', () => {
  const valueFrom = { secretKeyRef: { name: 'token', key: 'value' } };
  const wanted = spec({ api: { pod: { env: [{ name: 'TOKEN', valueFrom }] } } });
  const token = (value: string): Applied<Secret> => ({
    metadata: { namespace: 'secret', name: 'token' },
    data: { value: Buffer.from(value).toString('base64') },
  });

  it('and that is missing is named with its key, and nothing is brought up', async () => {
    await declare('secret', wanted);
    await waitForStatus(harness.client, key('secret'), (_status, object) => {
      const condition = conditionOf(object, 'ApiReady');
      expect(condition).toMatchObject({ status: 'False', reason: 'ReferenceMissing' });
      expect(condition?.message).toContain('key value of Secret token');
      expect(condition?.message).toContain('spec.api.pod.env TOKEN');
    });
    expect(await deployments('secret')).toEqual([]);
  });

  it('lets the service come up as soon as it is there', async () => {
    await harness.client.apply(Secret, token('one'), { fieldManager: 'kubectl' });
    await serving('secret');
  });

  it('rolls the pods when it is changed, within seconds', async () => {
    const former = await revisionOf('secret');
    await harness.client.apply(Secret, token('two'), { fieldManager: 'kubectl' });
    const start = performance.now();
    await vi.waitFor(async () => {
      const { items } = await harness.client.list(Revisions, { namespace: 'secret' });
      expect(items).toHaveLength(2);
    }, within);
    expect(performance.now() - start).toBeLessThan(5_000);
    await serving('secret', former);
  });

  it('rolls no pods when another key of it is changed', async () => {
    const stable = await revisionOf('secret');
    const more = { ...token('two'), data: { ...token('two').data, other: 'eA==' } };
    await harness.client.apply(Secret, more, { fieldManager: 'kubectl' });
    harness.operator.manager.enqueue('tagservice', key('secret'));
    await serving('secret');
    expect(await revisionOf('secret')).toBe(stable);
  });

  it('appears nowhere but in its own object', async () => {
    const { items } = await harness.client.list(Revisions, { namespace: 'secret' });
    const told = JSON.stringify([items, await harness.client.get(TagServices, key('secret'))]);
    expect(told).not.toContain(Buffer.from('two').toString('base64'));
  });

  it('that is deleted while pods run is told, and the pods go on', async () => {
    const before = await deployments('secret');
    await harness.client.delete(Secret, { namespace: 'secret', name: 'token' });
    await waitForStatus(harness.client, key('secret'), (_status, object) => {
      expect(conditionOf(object, 'ApiReady')).toMatchObject({ reason: 'ReferenceMissing' });
    });
    expect(await deployments('secret')).toEqual(before);
  });
});

describe('the Deployments of an earlier release', () => {
  it('are taken over without an instant in which nothing serves', async () => {
    await ensureNamespace(harness.client, 'legacy');
    await harness.client.apply(
      TagServices,
      { metadata: { namespace: 'legacy', name: 'demo' }, spec: spec({ freeze: ['Rollout'] }) } as never,
      { fieldManager: 'kubectl' },
    );
    const owner = await harness.client.get(TagServices, key('legacy'));
    for (const component of ['api', 'compute'])
      await harness.client.create(Deployment, former(component, owner.metadata.uid));
    await vi.waitFor(async () => {
      expect(await runPods(harness.client, 'legacy')).toBeGreaterThanOrEqual(3);
      const { status } = await harness.client.get(Deployment, { namespace: 'legacy', name: 'demo-api' });
      expect(status?.readyReplicas).toBe(2);
    }, within);
    await declare('legacy');
    await vi.waitFor(async () => {
      await runPods(harness.client, 'legacy');
      const names = await deployments('legacy');
      const ready = await harness.client.list(Deployment, { namespace: 'legacy' });
      const api = ready.items.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'api');
      expect(api.reduce((sum, { status }) => sum + (status?.readyReplicas ?? 0), 0)).toBeGreaterThanOrEqual(2);
      expect(names).toHaveLength(2);
      expect(names).not.toContain('demo-api');
      expect(names).not.toContain('demo-compute');
    }, within);
    await serving('legacy');
  });

  function former(component: string, uid: string): Applied<Deployment> {
    const labels = {
      'tagservice.dev/service': 'demo',
      'app.kubernetes.io/component': component,
      'app.kubernetes.io/managed-by': 'tagservice-operator',
    };
    const { apiVersion, kind } = TagServices;
    return {
      metadata: {
        namespace: 'legacy',
        name: `demo-${component}`,
        labels,
        ownerReferences: [{ apiVersion, kind, name: 'demo', uid, controller: true, blockOwnerDeletion: true }],
      },
      spec: {
        replicas: component === 'api' ? 2 : 1,
        selector: {
          matchLabels: { 'tagservice.dev/service': 'demo', 'app.kubernetes.io/component': component },
        },
        template: { metadata: { labels }, spec: { containers: [{ name: component, image: 'former:1' }] } },
      },
    };
  }
});
