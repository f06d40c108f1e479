import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { render, type Ended, type Rendering } from './helm.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

/** Accepted without a word: a warning means that pods would not pass the restricted standard, or that a field is unknown or deprecated. */
const accepted = { code: 0, stderr: '' };

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster(['tagservice-system', 'tags', 'tags-two']);
  const made = await cluster.kubectl(['apply', '--server-side', '-k', 'crds']);
  expect(made).toMatchObject(accepted);
  const served = await cluster.kubectl([
    'wait',
    '--for=condition=Established',
    'crd/tagservices.tagservice.dev',
    '--timeout=30s',
  ]);
  expect(served).toMatchObject(accepted);
});

afterAll(async () => cluster.stop());

/** Lets the API server check objects as if they were applied: schema, defaults, admission. */
const tryOut = async (...from: string[]): Promise<Ended> =>
  cluster.kubectl(['apply', '--server-side', '--dry-run=server', ...from]);
const tryOutText = async (text: string): Promise<Ended> =>
  cluster.kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], text);

async function tryOutChart(rendering: Rendering): Promise<Ended> {
  const { code, stdout, stderr } = await render(rendering);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return tryOutText(stdout);
}

describe('a namespace that enforces the restricted Pod Security Standard', () => {
  it('warns of a pod that does not satisfy it, so that silence means something', async () => {
    const { stderr } = await cluster.kubectl([
      'create',
      'deployment',
      'careless',
      '--image=redis:7',
      '-n',
      'tags',
      '--dry-run=server',
    ]);
    expect(stderr).toContain('would violate PodSecurity "restricted');
  });

  it.each([
    ['by default', []],
    ['for one namespace', ['watchNamespace=tags']],
    ['without metrics API, alone', ['externalMetrics.enabled=false', 'replicas=1']],
    [
      'with placement',
      [
        'priorityClassName=system-cluster-critical',
        'tolerations[0].operator=Exists',
        'podAnnotations.a=b',
        'topologySpread=false',
      ],
    ],
  ])('takes the operator %s', async (_name, set) => {
    const rendering = {
      chart: 'tagservice-operator',
      release: 'tagservice-operator',
      namespace: 'tagservice-system',
      set,
    };
    expect(await tryOutChart(rendering)).toMatchObject(accepted);
  });

  it('takes a TagService with development Kafka and sample site', async () => {
    const rendering = {
      chart: 'tagservice',
      release: 'demo',
      namespace: 'tags',
      set: ['kafka.enabled=true', 'sampleSite.enabled=true'],
    };
    expect(await tryOutChart(rendering)).toMatchObject(accepted);
  });

  it.each(['manifests/install', 'manifests/kafka-dev', 'manifests/samples'])('takes %s', async (folder) => {
    expect(await tryOut('-k', folder)).toMatchObject(accepted);
  });

  it.each(['minimal', 'demo', 'second', 'secured-kafka'])('takes the sample %s', async (name) => {
    expect(await tryOut('-f', `manifests/samples/tagservice-${name}.yaml`)).toMatchObject(accepted);
  });

  it('refuses a TagService with a field that means nothing or a value out of bounds', async () => {
    const service = (spec: object): string =>
      JSON.stringify({
        apiVersion: 'tagservice.dev/v1alpha1',
        kind: 'TagService',
        metadata: { name: 'bad', namespace: 'tags' },
        spec,
      });
    expect(
      (await tryOutText(service({ kafka: { brokers: ['kafka:9092'] }, compute: { attempts: 0 } }))).stderr,
    ).toContain('spec.compute.attempts');
    expect((await tryOutText(service({}))).stderr).toContain('spec.kafka');
  });
});

type Question = {
  identity: string;
  verb: string;
  resource: string;
  group?: string;
  subresource?: string;
  name?: string;
  namespace?: string;
};

/** Asks the authorizer of the API server itself, all questions in one call. */
async function allowed(questions: readonly Question[]): Promise<boolean[]> {
  const items = questions.map(({ identity, ...resourceAttributes }) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: `system:serviceaccount:${identity}`, resourceAttributes },
  }));
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { stdout, stderr } = await cluster.kubectl(
    ['create', '-o', String.raw`jsonpath={.status.allowed}{"\n"}`, '-f', '-'],
    list,
  );
  expect(stderr).toBe('');
  const answers = stdout.trimEnd().split('\n');
  expect(answers).toHaveLength(questions.length);
  return answers.map((answer) => answer === 'true');
}

/** `verb group/resource[/subresource] [name] [@namespace]`; the core group is empty: `get /pods`. */
function asked(identity: string, question: string): Question {
  const [verb = '', path = '', ...rest] = question.split(' ');
  const [group = '', resource = '', subresource = ''] = path.split('/');
  const namespace = rest.find((word) => word.startsWith('@'))?.slice(1) ?? '';
  const name = rest.find((word) => !word.startsWith('@')) ?? '';
  return { identity, verb, group, resource, subresource, name, namespace };
}

describe('the rights of the operator', () => {
  const operator = 'tagservice-system:tagservice-operator';
  const rights = async (questions: readonly string[]): Promise<Record<string, boolean>> => {
    const answers = await allowed(questions.map((question) => asked(operator, question)));
    return Object.fromEntries(questions.map((question, index) => [question, answers[index] ?? false]));
  };
  const all = (questions: readonly string[], answer: boolean): Record<string, boolean> =>
    Object.fromEntries(questions.map((question) => [question, answer]));

  beforeAll(async () => {
    expect(await cluster.kubectl(['apply', '--server-side', '-f', 'manifests/install/operator.yaml'])).toMatchObject(
      accepted,
    );
  });

  it('are those that its work needs', async () => {
    const needed = [
      'patch tagservice.dev/tagservices @tags',
      'patch tagservice.dev/tagservices/status @tags',
      'update tagservice.dev/tagservices/finalizers @tags',
      'create apps/deployments @tags',
      'delete apps/statefulsets @tags',
      'patch autoscaling/horizontalpodautoscalers @tags',
      'patch policy/poddisruptionbudgets @tags',
      'delete networking.k8s.io/networkpolicies @tags',
      'watch /pods @tags',
      'patch /secrets @tags',
      'create events.k8s.io/events @tags',
      'update coordination.k8s.io/leases @tagservice-system',
      'update /secrets tagservice-operator-metrics-api @tagservice-system',
      'create apiregistration.k8s.io/apiservices',
      'patch apiregistration.k8s.io/apiservices v1beta1.external.metrics.k8s.io',
      'get /configmaps extension-apiserver-authentication @kube-system',
    ];
    expect(await rights(needed)).toEqual(all(needed, true));
  });

  it('are no more than that', async () => {
    const foreign = [
      'delete /pods @tags',
      'create /pods/exec @tags',
      'list /nodes',
      'create rbac.authorization.k8s.io/clusterroles',
      'create rbac.authorization.k8s.io/rolebindings @tags',
      'patch apiextensions.k8s.io/customresourcedefinitions',
      'patch apiregistration.k8s.io/apiservices v1.apps',
      'update coordination.k8s.io/leases @tags',
      'create tagservice.dev/tagservices @tags',
      'delete tagservice.dev/tagservices @tags',
      'delete /persistentvolumes',
      'impersonate /users',
      '* */* @tags',
    ];
    expect(await rights(foreign)).toEqual(all(foreign, false));
  });

  it('do not go into its metrics: those the autoscaler reads, and no one else because of this chart', async () => {
    const question = 'get external.metrics.k8s.io/tagservice_queue_lag @tags';
    const readers = ['kube-system:horizontal-pod-autoscaler', 'tags:default', operator];
    expect(await allowed(readers.map((reader) => asked(reader, question)))).toEqual([true, false, false]);
  });

  it('end at the namespace that is watched', async () => {
    const { stdout } = await render({
      chart: 'tagservice-operator',
      release: 'narrow',
      namespace: 'tagservice-system',
      set: ['watchNamespace=tags', 'crds.enabled=false'],
    });
    expect(await cluster.kubectl(['apply', '--server-side', '-f', '-'], stdout)).toMatchObject(accepted);
    const narrow = 'tagservice-system:narrow-tagservice-operator';
    const questions = [
      'patch apps/deployments @tags',
      'patch apps/deployments @tags-two',
      'get /secrets @tags',
      'get /secrets @tags-two',
      'list tagservice.dev/tagservices',
    ];
    expect(await allowed(questions.map((question) => asked(narrow, question)))).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });
});
