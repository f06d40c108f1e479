import { Deployment, StatefulSet } from '@tagservice/controller-runtime';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { describe, expect, it, vi } from 'vitest';
import { applyService, conditionOf, ensureNamespace, smallSpec, waitForStatus } from '../test/harness.ts';
import { declareService, NO_BROKER, useHarness, within } from '../test/suite.ts';
import { TagServices } from './resource.ts';

const harness = useHarness();

const good = smallSpec(NO_BROKER);
const pod = (settings: object): TagServiceSpecInput => ({ ...good, api: { pod: settings } });

/** Specs that get past the API server although no pod can be made of them; each with the field that has to be corrected. */
const unbuildable: [what: string, spec: TagServiceSpecInput, field: string][] = [
  ['a resource that no cluster has', pod({ resources: { limits: { foo: '1' } } }), 'spec.api.pod.resources'],
  ['a resource with an odd name', pod({ resources: { requests: { 'foo bar': '1' } } }), 'spec.api.pod.resources'],
  ['part of a device', pod({ resources: { limits: { 'example.com/gpu': '500m' } } }), 'spec.api.pod.resources'],
  ['an annotation with an odd key', pod({ annotations: { 'bad key!': 'x' } }), 'spec.api.pod.annotations'],
  [
    'a taint with an odd key',
    pod({ tolerations: [{ key: 'bad key!', operator: 'Exists' }] }),
    'spec.api.pod.tolerations',
  ],
  ['a taint with an odd value', pod({ tolerations: [{ key: 'a', value: 'bad value!' }] }), 'spec.api.pod.tolerations'],
];

describe('a spec that cannot be built', () => {
  it.each(unbuildable)(
    '(%s) stalls with its field, touches no other part, and is forgotten when reverted',
    async (what, spec, field) => {
      const namespace = `bad-${unbuildable.findIndex(([one]) => one === what).toString()}`;
      const key = { namespace, name: 'demo' };
      await declareService(harness.client, { ...key, spec: good });
      await vi.waitFor(async () => {
        expect((await templates(namespace)).length).toBeGreaterThanOrEqual(3);
      }, within);
      const before = await templates(namespace);
      await applyService(harness.client, { ...key, spec });
      const object = await waitForStatus(harness.client, key, (_status, found) => {
        expect(conditionOf(found, 'Stalled')).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
      });
      expect(conditionOf(object, 'Stalled')?.message).toContain(field);
      expect(conditionOf(object, 'Stalled')?.message).toContain('correct the field');
      expect(conditionOf(object, 'Reconciling')).toBeUndefined();
      expect(await templates(namespace)).toEqual(before);
      await applyService(harness.client, { ...key, spec: good });
      await waitForStatus(harness.client, key, (status, found) => {
        expect(conditionOf(found, 'Stalled')).toBeUndefined();
        expect(status.observedGeneration).toBe(found.metadata.generation);
      });
      expect(await templates(namespace)).toEqual(before);
    },
  );

  it('is not sent again and again', async () => {
    const key = { namespace: 'calm', name: 'demo' };
    await ensureNamespace(harness.client, 'calm');
    const [, spec] = unbuildable[0] ?? ['', good];
    await applyService(harness.client, { ...key, spec });
    const object = await waitForStatus(harness.client, key, (_status, found) => {
      expect(conditionOf(found, 'Stalled')).toMatchObject({ reason: 'InvalidSpec' });
    });
    for (let look = 0; look < 5; look++) harness.operator.manager.enqueue('tagservice', key);
    await vi.waitFor(async () => {
      const { metadata } = await harness.client.get(TagServices, key);
      expect(Number(metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(object.metadata.resourceVersion));
    }, within);
    expect(conditionOf(await harness.client.get(TagServices, key), 'Stalled')).toMatchObject({ reason: 'InvalidSpec' });
  });
});

/** Names and pod templates of everything that makes pods. */
async function templates(namespace: string): Promise<unknown[]> {
  const [deployments, stores] = await Promise.all([
    harness.client.list(Deployment, { namespace }),
    harness.client.list(StatefulSet, { namespace }),
  ]);
  return [...deployments.items, ...stores.items]
    .map(({ metadata, spec }) => [metadata.name, metadata.uid, spec?.template])
    .sort((one, other) => String(one[0]).localeCompare(String(other[0])));
}
