import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helm, type Ended } from './helm.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster(['tagservice-system', 'tags']);
});

afterAll(async () => cluster.stop());

const release = async (verb: string, name: string, ...rest: string[]): Promise<Ended> =>
  helm([verb, name, ...rest, '--kubeconfig', cluster.kubeconfig]);
const operator = ['charts/tagservice-operator', '--namespace', 'tagservice-system'];
const instance = ['charts/tagservice', '--namespace', 'tags', '--set', 'kafka.enabled=true'];
const get = async (what: string, path: string, namespace = 'tags'): Promise<string> =>
  (await cluster.kubectl(['get', what, '--namespace', namespace, '-o', `jsonpath=${path}`])).stdout;

// One story: each step begins where the one before it ended.
describe('a release of the operator', () => {
  it('installs, and says how to go on', async () => {
    const installed = await release('install', 'tagservice-operator', ...operator);
    expect(installed).toMatchObject({ code: 0 });
    expect(installed.stdout).toContain('rollout status deployment/tagservice-operator');
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd/tagservices.tagservice.dev', '--timeout=30s']);
  });

  it('carries a TagService with a development Kafka', async () => {
    const installed = await release('install', 'demo', ...instance);
    expect(installed).toMatchObject({ code: 0 });
    expect(installed.stdout).toContain('service/demo-api 8080:80');
    expect(await get('tagservice/demo', '{.spec.kafka.brokers[0]} {.spec.redis.replicas}')).toBe(
      'kafka.tags.svc:9092 3',
    );
  });

  it('upgrades the definition, which Helm would not do for one in crds/', async () => {
    await cluster.kubectl(['label', 'crd/tagservices.tagservice.dev', 'app.kubernetes.io/part-of-']);
    expect(
      await get('crd/tagservices.tagservice.dev', String.raw`{.metadata.labels.app\.kubernetes\.io/part-of}`),
    ).toBe('');
    expect(
      await release('upgrade', 'tagservice-operator', ...operator, '--set', 'replicas=3', '--force-conflicts'),
    ).toMatchObject({ code: 0 });
    expect(
      await get('crd/tagservices.tagservice.dev', String.raw`{.metadata.labels.app\.kubernetes\.io/part-of}`),
    ).toBe('tagservice');
    expect(await get('deployment/tagservice-operator', '{.spec.replicas}', 'tagservice-system')).toBe('3');
  });

  it('leaves the spec of a TagService as declared when its release is upgraded', async () => {
    expect(await release('upgrade', 'demo', ...instance, '--set', 'spec.scaling.compute.max=7')).toMatchObject({
      code: 0,
    });
    expect(await get('tagservice/demo', '{.spec.scaling.compute.max} {.spec.kafka.requests.replicationFactor}')).toBe(
      '7 1',
    );
  });

  it('keeps the definition and every TagService when it is uninstalled, and takes them up again', async () => {
    expect(await release('uninstall', 'tagservice-operator', '--namespace', 'tagservice-system')).toMatchObject({
      code: 0,
    });
    expect(await get('tagservice/demo', '{.spec.scaling.compute.max}')).toBe('7');
    expect(await get('deployments', '{.items}', 'tagservice-system')).toBe('[]');
    expect(await release('install', 'tagservice-operator', ...operator)).toMatchObject({ code: 0 });
    expect(await get('tagservice/demo', '{.spec.scaling.compute.max}')).toBe('7');
  });

  it('removes the TagService and its Kafka with its own release', async () => {
    expect(await release('uninstall', 'demo', '--namespace', 'tags')).toMatchObject({ code: 0 });
    expect(await get('tagservices', '{.items}')).toBe('[]');
    expect(await get('statefulsets', '{.items}')).toBe('[]');
  });
});
