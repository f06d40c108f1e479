import {
  connect,
  CustomResourceDefinition,
  defineResource,
  type Applied,
  type KubeClient,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { minimal, ruleSamples, type Sample } from '../test/samples.ts';
import { customResourceDefinitions } from './definition.ts';
import { OPERATION, REVISION } from './owned-kinds.ts';
import { API_VERSION, KIND, PLURAL, type TagServiceSpec } from './tag-service.ts';

type Stored = KubeObject & { spec: TagServiceSpec };
const TagServices = defineResource<Stored>({ apiVersion: API_VERSION, kind: KIND, plural: PLURAL, namespaced: true });

const owned = ({ kind, plural }: { kind: string; plural: string }) =>
  defineResource<KubeObject & { spec: Record<string, unknown> }>({
    apiVersion: API_VERSION,
    kind,
    plural,
    namespaced: true,
  });
const Revisions = owned(REVISION);
const Operations = owned(OPERATION);

let server: ApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startApiServer();
  client = connect({ kubeconfig: server.kubeconfig, userAgent: 'tagservice-test' });
  for (const definition of customResourceDefinitions()) {
    const desired = definition as unknown as Applied<CustomResourceDefinition>;
    await client.apply(CustomResourceDefinition, desired, { fieldManager: 'test' });
  }
  await vi.waitFor(() => Promise.all([TagServices, Revisions, Operations].map((one) => client.list(one as Resource))), {
    timeout: 20_000,
    interval: 100,
  });
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
      allowRekeying: false,
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

describe('a record of the operator', () => {
  const hash = 'a'.repeat(64);
  const revision = {
    number: 1,
    hash,
    images: { api: 'api:1', compute: 'compute:1' },
    consumer: { group: 'g', topic: 't', concurrency: 16, attempts: 4 },
    templates: { api: '{}', compute: '{}' },
    inputs: [{ kind: 'Secret', name: 'demo-redis-auth', hash }],
  };

  const changes = [
    { what: 'a revision', resource: Revisions, spec: revision, changed: { ...revision, number: 2 } },
    {
      what: 'a revision with another template',
      resource: Revisions,
      spec: revision,
      changed: { ...revision, templates: { api: '[]', compute: '{}' } },
    },
    {
      what: 'an operation',
      resource: Operations,
      spec: { type: 'Rollout', to: 'demo-1' },
      changed: { type: 'Rollout', to: 'demo-2' },
    },
  ];
  it.each(changes)('keeps the spec of $what as it was written', async ({ resource, spec, changed }) => {
    const name = `record-${String(count++)}`;
    const write = (wanted: Record<string, unknown>) =>
      client.apply(resource, { metadata: { namespace: 'default', name }, spec: wanted }, { fieldManager: 'test' });
    await write(spec);
    await expect(write(spec)).resolves.toMatchObject({ spec });
    await expect(write(changed)).rejects.toThrow('is a record and cannot change');
  });

  it('refuses a text that is no hash', async () => {
    const spec = { ...revision, inputs: [{ kind: 'Secret', name: 'a', hash: 'the password' }] };
    const object = { metadata: { namespace: 'default', name: 'bad' }, spec };
    await expect(client.apply(Revisions, object, { fieldManager: 'test' })).rejects.toThrow('spec.inputs[0].hash');
  });
});
