import {
  Deployment,
  Event,
  HorizontalPodAutoscaler,
  PodDisruptionBudget,
  Secret,
  Service,
  StatefulSet,
  type Resource,
} from '@tagservice/controller-runtime';
import { describe, expect, it, vi } from 'vitest';
import { conditionOf, runPods, smallSpec, waitForStatus } from '../test/harness.ts';
import { declareService, key, useHarness, useKafka, within } from '../test/suite.ts';
import { TagServices } from './resource.ts';

const harness = useHarness();
const kafka = useKafka();

async function apply(namespace: string, spec = smallSpec(kafka.broker)): Promise<void> {
  await declareService(harness.client, { ...key(namespace), spec });
}

async function untilReady(namespace: string): Promise<void> {
  await vi.waitFor(async () => {
    await runPods(harness.client, namespace);
    const object = await harness.client.get(TagServices, key(namespace));
    expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'True' });
    expect(object.status?.observedGeneration).toBe(object.metadata.generation);
  }, within);
}

const topicsOf = (prefix: string) =>
  kafka.admin.describe(['tag-requests', 'tag-results', 'tag-dead-letters'].map((topic) => `${prefix}.${topic}`));

async function objectsOf(namespace: string): Promise<unknown[]> {
  const resources = [
    Deployment,
    StatefulSet,
    Service,
    Secret,
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
  ] as Resource[];
  const lists = resources.map((resource) => harness.client.list(resource, { namespace }));
  return (await Promise.all(lists)).flatMap(({ items }) =>
    items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
  );
}

describe('a TagService in mode Plan', () => {
  it('is told what would be made, and nothing is made', async () => {
    await apply('plan', smallSpec(kafka.broker, { mode: 'Plan' }));
    const object = await waitForStatus(harness.client, key('plan'), (status) => {
      expect(status.plan?.length).toBeGreaterThan(10);
    });
    const plan = object.status?.plan ?? [];
    expect(plan).toContainEqual({ object: 'StatefulSet/demo-redis', action: 'create' });
    expect(plan).toContainEqual({ object: 'Secret/demo-redis-auth', action: 'create' });
    expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'False', reason: 'PlanOnly' });
    expect(conditionOf(object, 'Stalled')?.message).toContain('set spec.mode to Apply');
    expect(object.metadata.finalizers).toBeUndefined();
    expect(await objectsOf('plan')).toEqual([]);
    expect(await topicsOf('plan.demo')).toEqual([]);
  });

  it('does what was planned when it is switched to Apply', async () => {
    await apply('plan');
    await untilReady('plan');
    const object = await harness.client.get(TagServices, key('plan'));
    expect(object.status).not.toHaveProperty('plan');
    expect(await topicsOf('plan.demo')).toHaveLength(3);
  });

  it('shows a change field by field, with what was found and what is wanted', async () => {
    const before = await objectsOf('plan');
    await apply('plan', smallSpec(kafka.broker, { mode: 'Plan', redis: { replicas: 3 } }));
    const object = await waitForStatus(harness.client, key('plan'), (status) => {
      expect(status.plan?.map((change) => change.object)).toContain('StatefulSet/demo-redis');
    });
    const change = object.status?.plan?.find((one) => one.object === 'StatefulSet/demo-redis');
    expect(change?.action).toBe('update');
    expect(change?.fields).toContainEqual({ field: 'spec.replicas', found: '2', wanted: '3' });
    expect(await objectsOf('plan')).toEqual(before);
  });

  it('is ready again when the change is taken back, although the mode stays', async () => {
    await apply('plan', smallSpec(kafka.broker, { mode: 'Plan' }));
    await untilReady('plan');
    expect((await harness.client.get(TagServices, key('plan'))).status?.plan).toEqual([]);
  });
});

describe('what somebody else changes', () => {
  it('is corrected, told as an event with what was found and wanted, and counted', async () => {
    await apply('drifting');
    await untilReady('drifting');
    const patch = { spec: { selector: { 'statefulset.kubernetes.io/pod-name': 'demo-redis-1' } } };
    const where = { namespace: 'drifting', name: 'demo-redis-primary' };
    await harness.client.patch(Service, where, { patch });
    await vi.waitFor(async () => {
      const { items } = await harness.client.list(Event, { namespace: 'drifting' });
      const event = items.find(({ reason }) => reason === 'DriftCorrected');
      expect(event?.note).toContain('Service demo-redis-primary was changed by somebody else');
      expect(event?.note).toContain('found "demo-redis-1", wanted "demo-redis-0"');
    }, within);
    expect(await harness.registry.metrics()).toMatch(
      /tagservice_operator_drift_corrections_total\{concern="redis",cause="drift"\} 1/,
    );
  });

  it('again and again is one event that counts up, and is corrected each time', async () => {
    const where = { namespace: 'drifting', name: 'demo-redis-primary' };
    for (let round = 0; round < 6; round++) {
      const patch = {
        spec: { selector: { 'statefulset.kubernetes.io/pod-name': `demo-redis-${(round + 2).toString()}` } },
      };
      await harness.client.patch(Service, where, { patch });
      await vi.waitFor(async () => {
        const { spec } = await harness.client.get(Service, where);
        expect(spec?.selector?.['statefulset.kubernetes.io/pod-name']).toBe('demo-redis-0');
      }, within);
    }
    await vi.waitFor(async () => {
      const { items } = await harness.client.list(Event, { namespace: 'drifting' });
      expect(items.filter(({ reason }) => reason === 'DriftCorrected').length).toBeLessThanOrEqual(3);
      expect(items.filter(({ reason }) => reason === 'DriftRepeated')).toHaveLength(1);
    }, within);
    expect(await harness.registry.metrics()).toMatch(
      /tagservice_operator_drift_repeated_total\{concern="redis"\} [1-9]/,
    );
  });
});

describe('a frozen TagService', () => {
  it('says what is held, and only while it is', async () => {
    await apply('frozen');
    await untilReady('frozen');
    await apply('frozen', smallSpec(kafka.broker, { freeze: ['Scaling'] }));
    await waitForStatus(harness.client, key('frozen'), (_status, object) => {
      expect(conditionOf(object, 'Frozen')).toMatchObject({ status: 'True', reason: 'FrozenAsDeclared' });
      expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'True' });
    });
  });

  it('keeps its number of pods: autoscalers are held in both directions and keep their bounds', async () => {
    const frozen = smallSpec(kafka.broker, { freeze: ['Scaling'], scaling: { api: { min: 3, max: 5 } } });
    await apply('frozen', frozen);
    await waitForStatus(harness.client, key('frozen'), (status, object) => {
      expect(status.observedGeneration).toBe(object.metadata.generation);
      expect(conditionOf(object, 'Frozen')?.message).toContain(
        'HorizontalPodAutoscaler demo-api keeps 2 to 10 pods, 3 to 5 are declared',
      );
    });
    const { spec } = await harness.client.get(HorizontalPodAutoscaler, { namespace: 'frozen', name: 'demo-api' });
    expect(spec).toMatchObject({ minReplicas: 2, maxReplicas: 10 });
    await untilReady('frozen');
    const { items } = await harness.client.list(Deployment, {
      namespace: 'frozen',
      labelSelector: 'app.kubernetes.io/component=api',
    });
    expect(items.map((one) => one.spec?.replicas)).toEqual([2]);
    expect([spec?.behavior?.scaleUp?.selectPolicy, spec?.behavior?.scaleDown?.selectPolicy]).toEqual([
      'Disabled',
      'Disabled',
    ]);
  });

  it('does what is declared as soon as nothing is frozen', async () => {
    await apply('frozen', smallSpec(kafka.broker, { scaling: { api: { min: 3, max: 5 } } }));
    await vi.waitFor(async () => {
      const { spec } = await harness.client.get(HorizontalPodAutoscaler, { namespace: 'frozen', name: 'demo-api' });
      expect(spec).toMatchObject({ minReplicas: 3, maxReplicas: 5 });
      expect(spec?.behavior?.scaleUp?.selectPolicy).toBe('Max');
      expect(conditionOf(await harness.client.get(TagServices, key('frozen')), 'Frozen')).toBeUndefined();
    }, within);
  });
});
