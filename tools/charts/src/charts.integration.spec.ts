import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { helm, projectRoot, render, type Rendering } from './helm.ts';
import { renderedManifest, renderings } from './manifests.ts';

type Manifest = {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  rules?: unknown;
};

const operator = (...set: string[]): Rendering => ({
  chart: 'tagservice-operator',
  release: 'tagservice-operator',
  namespace: 'tagservice-system',
  set,
});
const instance = (...set: string[]): Rendering => ({ chart: 'tagservice', release: 'demo', namespace: 'tags', set });

async function objectsOf(rendering: Rendering): Promise<Manifest[]> {
  const { code, stdout, stderr } = await render(rendering);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}

async function refusalOf(rendering: Rendering): Promise<string> {
  const { code, stderr } = await render(rendering);
  expect(code).not.toBe(0);
  return stderr;
}

const kindsOf = (objects: readonly Manifest[]): string[] => [...new Set(objects.map(({ kind }) => kind))].sort();
const the = (objects: readonly Manifest[], kind: string): Manifest => objects.find((object) => object.kind === kind)!;
const container = (objects: readonly Manifest[]): { image: string; env: { name: string; value?: string }[] } =>
  (
    the(objects, 'Deployment').spec as {
      template: { spec: { containers: { image: string; env: { name: string; value?: string }[] }[] } };
    }
  ).template.spec.containers[0]!;
const environment = (objects: readonly Manifest[]): Record<string, string | undefined> =>
  Object.fromEntries(container(objects).env.map(({ name, value }) => [name, value]));

describe('both charts', () => {
  it.each([
    ['tagservice-operator', []],
    ['tagservice', ['--set', 'kafka.enabled=true']],
  ])('%s passes helm lint', async (chart, values) => {
    const { code, stdout, stderr } = await helm(['lint', '--strict', `charts/${chart}`, ...values]);
    expect(`${stdout}${stderr}`).toContain('0 chart(s) failed');
    expect(code).toBe(0);
  });
});

describe('the chart of the operator', () => {
  it('makes two pods, their rights, a budget and the definition by default', async () => {
    const objects = await objectsOf(operator());
    expect(kindsOf(objects)).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'CustomResourceDefinition',
      'Deployment',
      'PodDisruptionBudget',
      'Role',
      'RoleBinding',
      'Service',
      'ServiceAccount',
    ]);
    expect(the(objects, 'Deployment').spec['replicas']).toBe(2);
    expect(container(objects).image).toBe('tagservice/operator:0.1.0');
    expect(environment(objects)).toMatchObject({
      METRICS_API_PORT: '6443',
      METRICS_API_SERVICE: 'tagservice-operator',
      IMAGE_API: 'tagservice/api:0.1.0',
      IMAGE_COMPUTE: 'tagservice/compute:0.1.0',
      IMAGE_REDIS: 'redis:7',
    });
  });

  it('keeps the definition on uninstall, unless told otherwise, or leaves it out', async () => {
    const keep = (objects: readonly Manifest[]): unknown =>
      the(objects, 'CustomResourceDefinition').metadata.annotations?.['helm.sh/resource-policy'];
    expect(keep(await objectsOf(operator()))).toBe('keep');
    expect(keep(await objectsOf(operator('crds.keep=false')))).toBeUndefined();
    expect(kindsOf(await objectsOf(operator('crds.enabled=false')))).not.toContain('CustomResourceDefinition');
  });

  it('leaves the external metrics API alone when told so', async () => {
    const objects = await objectsOf(operator('externalMetrics.enabled=false'));
    expect(environment(objects)).toMatchObject({ EXTERNAL_METRICS: 'false' });
    expect(environment(objects)).not.toHaveProperty('METRICS_API_SERVICE');
    expect(JSON.stringify(objects.filter(({ kind }) => kind === 'ClusterRole'))).not.toContain('apiregistration');
    expect(objects.filter(({ metadata }) => metadata.namespace === 'kube-system')).toEqual([]);
  });

  it('names images by tag, by digest, and for the services in full', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(container(await objectsOf(operator('image.tag=abc'))).image).toBe('tagservice/operator:abc');
    expect(environment(await objectsOf(operator('image.tag=abc')))['IMAGE_API']).toBe('tagservice/api:abc');
    expect(container(await objectsOf(operator(`image.digest=${digest}`))).image).toBe(`tagservice/operator@${digest}`);
    expect(environment(await objectsOf(operator('serviceImages.api=registry.example:5000/api:1')))['IMAGE_API']).toBe(
      'registry.example:5000/api:1',
    );
  });

  it('renders with everything that can be turned on, and with everything off', async () => {
    const on = await objectsOf(
      operator(
        'metrics.serviceMonitor.enabled=true', 'metrics.serviceMonitor.labels.release=prometheus', 'priorityClassName=high', 'podAnnotations.a=b', 'podLabels.c=d',
        'tolerations[0].operator=Exists', 'image.pullSecrets={registry}', 'serviceAccount.annotations.cloud=role', 'watchNamespace=tags', 'logLevel=debug',
        'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key=metadata.name',
      ),
    ); // prettier-ignore
    expect(kindsOf(on)).toContain('ServiceMonitor');
    const off = await objectsOf(
      operator(
        'rbac.create=false',
        'serviceAccount.create=false',
        'podDisruptionBudget.enabled=false',
        'crds.enabled=false',
        'externalMetrics.enabled=false',
        'topologySpread=false',
      ),
    );
    expect(kindsOf(off)).toEqual(['Deployment', 'Service']);
  });

  it('makes no budget for a single pod, which would block every drain', async () => {
    expect(kindsOf(await objectsOf(operator('replicas=1')))).not.toContain('PodDisruptionBudget');
  });

  it.each([
    ['replica=3', 'replica'],
    ['replicas=0', '/replicas'],
    ['image.pullPolicy=Sometimes', '/image/pullPolicy'],
    ['image.digest=abc', '/image/digest'],
    ['logLevel=loud', '/logLevel'],
    ['watchNamespace=Not_A_Name', '/watchNamespace'],
    ['externalMetrics.enabled=maybe', '/externalMetrics/enabled'],
    ['resources.limits.memory=lots', '/resources/limits/memory'],
    ['crds.install=true', 'install'],
  ])('refuses %s and names the value', async (set, named) => {
    expect(await refusalOf(operator(set))).toContain(named);
  });
});

describe('the chart of a TagService', () => {
  it('makes nothing but the resource for a Kafka that is there', async () => {
    const objects = await objectsOf(instance('spec.kafka.brokers={broker:9092}', 'spec.api.deadline=3s'));
    expect(kindsOf(objects)).toEqual(['TagService']);
    expect(the(objects, 'TagService')).toMatchObject({
      metadata: { name: 'demo', namespace: 'tags' },
      spec: { kafka: { brokers: ['broker:9092'] }, api: { deadline: '3s' } },
    });
  });

  it('uses its own Kafka with one copy of each topic, over which the declared spec wins', async () => {
    const objects = await objectsOf(instance('kafka.enabled=true', 'spec.kafka.requests.partitions=6'));
    expect(kindsOf(objects)).toEqual(['Service', 'StatefulSet', 'TagService']);
    expect(the(objects, 'TagService').spec['kafka']).toEqual({
      brokers: ['kafka.tags.svc:9092'],
      requests: { partitions: 6, replicationFactor: 1, minInSyncReplicas: 1 },
      results: { replicationFactor: 1, minInSyncReplicas: 1 },
      deadLetters: { replicationFactor: 1, minInSyncReplicas: 1 },
    });
  });

  it('lets workers reach the sample site, and no private network without it', async () => {
    const withSite = await objectsOf(instance('kafka.enabled=true', 'sampleSite.enabled=true'));
    expect(the(withSite, 'TagService').spec['compute']).toEqual({
      fetch: { allowedNetworks: ['10.96.0.0/16', '10.244.0.0/16'] },
    });
    expect(the(await objectsOf(instance('kafka.enabled=true')), 'TagService').spec).not.toHaveProperty('compute');
  });

  it('says what is missing when there is no broker', async () => {
    expect(await refusalOf(instance())).toContain('spec.kafka.brokers is empty');
  });

  it.each([
    ['spec.api.dead=3s', 'dead'],
    ['spec.kafka.brokes={a:1}', 'brokes'],
    ['spec.kafka.brokers={nonsense}', '/spec/kafka/brokers/0'],
    ['spec.kafka.deletionPolicy=Maybe', '/spec/kafka/deletionPolicy'],
    ['spec.compute.concurrency=0', '/spec/compute/concurrency'],
    ['spec.redis.replicas=lots', '/spec/redis/replicas'],
    ['kafka.storage.size=big', '/kafka/storage/size'],
    ['sampleSite.networks={everywhere}', '/sampleSite/networks/0'],
    ['name=Not_A_Name', '/name'],
  ])('refuses %s and names the value', async (set, named) => {
    expect(await refusalOf(instance('kafka.enabled=true', set))).toContain(named);
  });
});

describe('the rendered manifests', () => {
  it.each([...renderings])('%s is what its chart renders', async (path, rendering) => {
    expect(readFileSync(join(projectRoot, path), 'utf8')).toBe(await renderedManifest(path, rendering));
  });
});
