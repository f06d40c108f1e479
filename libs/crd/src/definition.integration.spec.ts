import {
  connect,
  CustomResourceDefinition,
  defineResource,
  type Applied,
  type KubeClient,
  type KubeObject,
} from '@tagservice/controller-runtime';
import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { minimal, ruleSamples, type Sample } from '../test/samples.ts';
import { customResourceDefinition } from './definition.ts';
import { API_VERSION, KIND, PLURAL, type TagServiceSpec } from './tag-service.ts';

type Stored = KubeObject & { spec: TagServiceSpec };
const TagServices = defineResource<Stored>({ apiVersion: API_VERSION, kind: KIND, plural: PLURAL, namespaced: true });

let server: ApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startApiServer();
  client = connect({ kubeconfig: server.kubeconfig, userAgent: 'tagservice-test' });
  const definition = customResourceDefinition() as unknown as Applied<CustomResourceDefinition>;
  await client.apply(CustomResourceDefinition, definition, { fieldManager: 'test' });
  await vi.waitFor(() => client.list(TagServices), { timeout: 20_000, interval: 100 });
});

afterAll(async () => {
  await client.close();
  await server.stop();
});

let count = 0;

/** Applies a sample as a user does: the state before it, then the change. */
async function submit({ name = `sample-${count++}`, before, spec }: Sample): Promise<Stored> {
  const apply = (wanted: unknown) =>
    client.apply(TagServices, { metadata: { namespace: 'default', name }, spec: wanted } as Applied<Stored>, {
      fieldManager: 'kubectl',
    });
  if (before !== undefined) await apply(before);
  return apply(spec);
}

const message = async (sample: Sample): Promise<string> =>
  submit(sample).then(
    () => 'accepted',
    (error: unknown) => String(error),
  );

describe('a rule of the definition', () => {
  it.each(Object.entries(ruleSamples))('"%s" lets a good resource pass', async (_name, { accept }) => {
    await expect(submit(accept)).resolves.toMatchObject({ kind: 'TagService' });
  });

  it.each(Object.entries(ruleSamples))(
    '"%s" refuses a bad one, and names field, value and remedy',
    async (_name, { reject }) => {
      const refusal = await message(reject);
      for (const part of reject.says) expect(refusal).toContain(part);
    },
  );
});

describe('the API server', () => {
  it('fills in the defaults', async () => {
    const { spec } = await submit({ spec: minimal });
    expect(spec.redis).toEqual({ replicas: 3, maxMemory: '1Gi', storage: { size: '8Gi' }, durability: {} });
    expect(spec.kafka.requests).toEqual({
      partitions: 12,
      replicationFactor: 3,
      minInSyncReplicas: 2,
      retention: '24h',
    });
    expect(spec.kafka.deadLetters.retention).toBe('7d');
    expect(spec.api.pod).toMatchObject({ terminationGracePeriod: '30s', env: [], tolerations: [] });
  });

  it('fills in the rest of a section that is given in part', async () => {
    const { spec } = await submit({ spec: { ...minimal, scaling: { compute: { max: 5 } } } });
    expect(spec.scaling.compute).toEqual({ min: 1, max: 5, target: { lagPerReplica: 100 } });
    expect(spec.scaling.api).toEqual({ min: 2, max: 10, targetUtilization: 70 });
  });

  it.each([
    ['no broker', { kafka: { brokers: [] } }, 'spec.kafka.brokers'],
    ['a broker without a port', { kafka: { brokers: ['kafka'] } }, 'spec.kafka.brokers[0]'],
    ['a duration without a unit', { ...minimal, api: { deadline: '5' } }, 'spec.api.deadline'],
    ['zero workers', { ...minimal, scaling: { compute: { min: 0 } } }, 'spec.scaling.compute.min'],
    [
      'an unknown policy',
      { ...minimal, kafka: { ...minimal.kafka, deletionPolicy: 'Ask' } },
      'spec.kafka.deletionPolicy',
    ],
    ['a score above one', { ...minimal, compute: { tags: { minimumScore: 2 } } }, 'spec.compute.tags.minimumScore'],
    [
      'two variables of one name',
      {
        ...minimal,
        api: {
          pod: {
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
          },
        },
      },
      'spec.api.pod.env',
    ],
  ])('refuses %s and names the field', async (_what, spec, field) => {
    expect(await message({ spec: spec as never })).toContain(field);
  });

  it('takes amounts of resources as numbers and as texts', async () => {
    const resources = { requests: { cpu: 1, memory: '256Mi' } };
    const { spec } = await submit({ spec: { ...minimal, api: { pod: { resources } } } });
    expect(spec.api.pod.resources).toEqual(resources);
  });
});
