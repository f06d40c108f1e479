import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { render } from './helm.ts';
import { startOperator, type OperatorProcess } from './operator-process.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const patience = { timeout: 45_000, interval: 250 };
const children = [
  'statefulset.apps/demo-redis',
  'service/demo-api',
  'service/demo-redis-primary',
  'serviceaccount/demo-api',
  'secret/demo-redis-auth',
  'configmap/demo-redis',
  'horizontalpodautoscaler.autoscaling/demo-compute',
  'poddisruptionbudget.policy/demo-api',
  'networkpolicy.networking.k8s.io/demo-compute',
];

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster(['tagservice-system', 'tags', 'tags-two']);
  expect(await cluster.kubectl(['apply', '--server-side', '-k', 'crds'])).toMatchObject({ code: 0 });
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd/tagservices.tagservice.dev', '--timeout=30s']);
});

afterAll(async () => cluster.stop());

/** Gives a release its rights, runs the operator with them and ends it whatever happened. */
async function withOperator(set: readonly string[], act: (operator: OperatorProcess) => Promise<void>): Promise<void> {
  const release = `operator${String(set.length)}`;
  const namespace = 'tagservice-system';
  const rendered = await render({
    chart: 'tagservice-operator',
    release,
    namespace,
    set: ['crds.enabled=false', ...set],
  });
  expect(await cluster.kubectl(['apply', '--server-side', '-f', '-'], rendered.stdout)).toMatchObject({ code: 0 });
  const watched = set.find((value) => value.startsWith('watchNamespace='))?.split('=')[1];
  const operator = await startOperator(
    cluster,
    { namespace, serviceAccount: `${release}-tagservice-operator` },
    watched === undefined ? {} : { WATCH_NAMESPACE: watched },
  );
  try {
    await act(operator);
  } finally {
    await operator.stop();
    await cluster.kubectl(['delete', '-f', '-', '--wait=false'], rendered.stdout);
  }
}

const declare = async (namespace: string): Promise<void> => {
  const manifest = {
    apiVersion: 'tagservice.dev/v1alpha1',
    kind: 'TagService',
    metadata: { name: 'demo', namespace },
    spec: { kafka: { brokers: ['127.0.0.1:1'] } },
  };
  expect(await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(manifest))).toMatchObject({
    code: 0,
  });
};

async function missingChildren(namespace: string): Promise<string> {
  // Deployments are named after the revision that they belong to.
  const args = ['get', 'deployments', '-n', namespace, '-l', 'tagservice.dev/revision', '-o', 'name'];
  const deployments = (await cluster.kubectl(args)).stdout.split('\n').filter(Boolean);
  if (deployments.length !== 2) return `Deployments: ${deployments.join(' ')}`;
  return (await cluster.kubectl(['get', ...children, '-n', namespace, '-o', 'name'])).stderr;
}

describe('the rights that the chart gives', () => {
  it('are enough for the operator to make, report and remove a TagService, without one refusal', async () => {
    await withOperator([], async (operator) => {
      await declare('tags');
      await vi.waitFor(async () => expect(await missingChildren('tags'), operator.output()).toBe(''), patience);
      await vi.waitFor(async () => {
        const { stdout } = await cluster.kubectl([
          'get',
          'tagservice/demo',
          '-n',
          'tags',
          '-o',
          'jsonpath={.status.conditions[?(@.type=="Ready")].reason}',
        ]);
        expect(stdout).toBe('KafkaUnreachable');
      }, patience);
      await vi.waitFor(async () => {
        const { stdout } = await cluster.kubectl([
          'get',
          'apiservice/v1beta1.external.metrics.k8s.io',
          '-o',
          'jsonpath={.spec.service.namespace}',
        ]);
        expect(stdout).toBe('tagservice-system');
      }, patience);
      expect(await cluster.kubectl(['delete', 'tagservice/demo', '-n', 'tags', '--timeout=30s'])).toMatchObject({
        code: 0,
      });
      expect(operator.output()).not.toMatch(/forbidden/i);
    });
  }, 150_000);

  it('are enough in the one namespace that is watched, and others are left alone', async () => {
    await withOperator(['watchNamespace=tags-two'], async (operator) => {
      await declare('tags');
      await declare('tags-two');
      await vi.waitFor(async () => expect(await missingChildren('tags-two'), operator.output()).toBe(''), patience);
      expect((await cluster.kubectl(['get', 'tagservice/demo', '-n', 'tags', '-o', 'jsonpath={.status}'])).stdout).toBe(
        '',
      );
      expect(operator.output()).not.toMatch(/forbidden/i);
    });
  }, 150_000);
});
