import {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  PodDisruptionBudget,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  type Applied,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { conditionOf, ensureNamespace, smallSpec, waitForStatus } from '../test/harness.ts';
import { declareService, key, NO_BROKER, useHarness, within } from '../test/suite.ts';
import { TagServices } from './resource.ts';

const harness = useHarness();

async function apply(namespace: string, spec = smallSpec(NO_BROKER), name = 'demo') {
  return declareService(harness.client, { namespace, name, spec });
}

const kinds = {
  ConfigMap,
  Secret,
  Service,
  ServiceAccount,
  PodDisruptionBudget,
  HorizontalPodAutoscaler,
  Deployment,
  StatefulSet,
} as unknown as Record<string, Resource>;

/** The children of a service, as `Kind/name`. */
async function childrenOf(namespace: string, name = 'demo'): Promise<string[]> {
  const labelSelector = `tagservice.dev/service=${name},app.kubernetes.io/managed-by=tagservice-operator`;
  const lists = Object.values(kinds).map(async (resource) => {
    const { items } = await harness.client.list(resource, { namespace, labelSelector });
    const own = items.filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'TagService');
    return own.map(({ metadata }) => `${resource.kind}/${metadata.name}`);
  });
  return (await Promise.all(lists)).flat().sort();
}

const selector = { matchLabels: { mine: 'yes' } };
const template = {
  metadata: { labels: { mine: 'yes' } },
  spec: { containers: [{ name: 'x', image: 'mine:1' }] },
};
/** The least that the API server takes of each kind. */
const specs: Readonly<Record<string, object>> = {
  Deployment: { spec: { replicas: 0, selector, template } },
  StatefulSet: { spec: { replicas: 0, serviceName: 'x', selector, template } },
  Service: { spec: { ports: [{ port: 1234 }] } },
  PodDisruptionBudget: { spec: { minAvailable: 1, selector } },
  HorizontalPodAutoscaler: {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'mine' }, maxReplicas: 3 },
  },
};

async function takeName(namespace: string, child: string): Promise<KubeObject> {
  const [kind = '', name = ''] = child.split('/');
  const body = { metadata: { namespace, name }, ...specs[kind] } as unknown as Applied<KubeObject>;
  return harness.client.create(kinds[kind] as Resource, body);
}

/** What nobody but its owner may change. */
const essence = (object: KubeObject): unknown => {
  const { spec, data } = object as { spec?: unknown; data?: unknown };
  const { labels, annotations, ownerReferences, uid } = object.metadata;
  return { spec, data, labels, ownerReferences, uid, note: annotations?.['example.com/note'] };
};

describe("somebody else's object of the name of a child", () => {
  let children: string[];

  beforeAll(async () => {
    await apply('reference');
    await vi.waitFor(async () => {
      children = await childrenOf('reference');
      for (const kind of Object.keys(kinds)) expect(children.some((child) => child.startsWith(`${kind}/`))).toBe(true);
    }, within);
  });

  it('is named with the remedy, never touched whatever its kind, and replaced by ours when it goes', async () => {
    // Names of Deployments hold what only this very namespace gives; all others are the same everywhere.
    const names = children.filter((child) => !child.startsWith('Deployment/'));
    await Promise.all(names.map((child, index) => refusesAndRecovers(`taken-${index.toString()}`, child)));
    expect(names.length).toBeGreaterThanOrEqual(14);
  });

  it('is left alone when it is a Deployment, too', async () => {
    const child = children.find((one) => one.startsWith('Deployment/')) ?? '';
    const name = child.split('/')[1] ?? '';
    // Its name comes of passwords that are made once: only while nobody acts can another take it.
    const foreign = await new Promise<KubeObject>((resolve, reject) => {
      harness
        .restart(async () => {
          await harness.client.delete(Deployment, { namespace: 'reference', name });
          resolve(await takeName('reference', child));
        })
        .catch(reject);
    });
    await refuses('reference', child, foreign);
  });

  async function refusesAndRecovers(namespace: string, child: string): Promise<void> {
    await ensureNamespace(harness.client, namespace);
    const foreign = await takeName(namespace, child);
    await apply(namespace);
    await refuses(namespace, child, foreign);
  }

  async function refuses(namespace: string, child: string, foreign: KubeObject): Promise<void> {
    const [kind = '', name = ''] = child.split('/');
    const object = await waitForStatus(harness.client, key(namespace), (_status, found) => {
      expect(conditionOf(found, 'Conflict')).toMatchObject({ status: 'True', reason: 'NameTaken' });
    });
    expect(conditionOf(object, 'Stalled')).toMatchObject({ status: 'True', reason: 'NameTaken' });
    expect(conditionOf(object, 'Conflict')?.message).toContain(`${kind} ${name} exists and does not belong`);
    expect(conditionOf(object, 'Conflict')?.message).toContain('delete or rename it');
    const after = await harness.client.get(kinds[kind] as Resource, { namespace, name });
    expect(essence(after)).toEqual(essence(foreign));
    await harness.client.delete(kinds[kind] as Resource, { namespace, name });
    await vi.waitFor(async () => {
      expect(conditionOf(await harness.client.get(TagServices, key(namespace)), 'Conflict')).toBeUndefined();
      expect(await childrenOf(namespace)).toContain(child);
    }, within);
  }
});

describe('two TagServices with one topic prefix', () => {
  const shared = (topicPrefix: string) => {
    const spec = smallSpec(NO_BROKER);
    return { ...spec, kafka: { ...spec.kafka, topicPrefix, deletionPolicy: 'Delete' as const } };
  };

  beforeAll(async () => {
    await apply('prefix', shared('team.tags'), 'first');
    await vi.waitFor(async () => {
      expect(await childrenOf('prefix', 'first')).not.toEqual([]);
    }, within);
    await apply('prefix', shared('team_tags'), 'second');
  });

  it('leave the topics to the older one, and the younger is told and does nothing at all', async () => {
    const object = await waitForStatus(harness.client, key('prefix', 'second'), (_status, found) => {
      expect(conditionOf(found, 'Conflict')).toMatchObject({ status: 'True', reason: 'TopicPrefixTaken' });
    });
    expect(conditionOf(object, 'Conflict')?.message).toContain('TagService prefix/first');
    expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'False', reason: 'TopicPrefixTaken' });
    expect(conditionOf(object, 'ApiReady')).toMatchObject({ status: 'Unknown', reason: 'NotObserved' });
    expect(object.metadata.finalizers).toBeUndefined();
    expect(await childrenOf('prefix', 'second')).toEqual([]);
    expect(conditionOf(await harness.client.get(TagServices, key('prefix', 'first')), 'Conflict')).toBeUndefined();
  });

  it('let the younger go on when the older is gone', async () => {
    await apply(
      'prefix',
      { ...shared('team.tags'), kafka: { ...shared('team.tags').kafka, deletionPolicy: 'Retain' } },
      'first',
    );
    await harness.client.delete(TagServices, key('prefix', 'first'));
    await vi.waitFor(async () => {
      expect(await childrenOf('prefix', 'second')).not.toEqual([]);
      expect(conditionOf(await harness.client.get(TagServices, key('prefix', 'second')), 'Conflict')).toBeUndefined();
    }, within);
  });
});
