import { CustomResourceDefinition, Deployment, type KubeObject } from '@tagservice/controller-runtime';
import { customResourceDefinition, SCHEMA_HASH_ANNOTATION } from '@tagservice/crd';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  applyService,
  conditionOf,
  ensureNamespace,
  smallSpec,
  startHarness,
  waitForStatus,
  type Harness,
} from '../test/harness.ts';
import { TagServices } from './resource.ts';

let harness: Harness;

const within = { timeout: 50_000, interval: 200 };
const key = { namespace: 'skew', name: 'demo' };
const { metadata } = customResourceDefinition();
const hash = metadata.annotations[SCHEMA_HASH_ANNOTATION] ?? '';

beforeAll(async () => {
  harness = await startHarness();
  await ensureNamespace(harness.client, 'skew');
});

afterAll(async () => {
  await harness.stop();
});

async function installHash(value: string | null): Promise<void> {
  const patch = { metadata: { annotations: { [SCHEMA_HASH_ANNOTATION]: value } } };
  await harness.client.patch(CustomResourceDefinition, { namespace: '', name: metadata.name }, { patch });
}

const deployments = async (): Promise<KubeObject[]> =>
  (await harness.client.list(Deployment, { namespace: 'skew' })).items;

describe('an operator that was built for another definition', () => {
  it('says so on each TagService and does nothing', async () => {
    await installHash('0123456789abcdef');
    await vi.waitFor(() => {
      expect(harness.operator.definition.problem()).toContain('0123456789abcdef');
    }, within);
    await applyService(harness.client, { ...key, spec: smallSpec('127.0.0.1:1') });
    const object = await waitForStatus(harness.client, key, (_status, found) => {
      expect(conditionOf(found, 'Stalled')).toMatchObject({ status: 'True', reason: 'DefinitionMismatch' });
    });
    expect(conditionOf(object, 'Ready')?.message).toContain(`this operator was built for ${hash}`);
    expect(await deployments()).toEqual([]);
    expect(await harness.registry.metrics()).toContain('tagservice_operator_definition_fits 0');
  });

  it('says so after a start, too', async () => {
    await installHash(null);
    await harness.restart();
    expect(harness.operator.definition.problem()).toContain('carries no schema hash, so it is of an older release');
    await waitForStatus(harness.client, key, (_status, found) => {
      expect(conditionOf(found, 'Ready')?.message).toContain('carries no schema hash');
    });
    expect(await deployments()).toEqual([]);
  });

  it('goes on by itself when the definition fits', async () => {
    await installHash(hash);
    await vi.waitFor(async () => {
      expect(await deployments()).not.toEqual([]);
      expect(conditionOf(await harness.client.get(TagServices, key), 'Stalled')?.reason).not.toBe('DefinitionMismatch');
    }, within);
    expect(await harness.registry.metrics()).toContain('tagservice_operator_definition_fits 1');
    expect(harness.operator.definition.detail()).toBeUndefined();
  });
});
