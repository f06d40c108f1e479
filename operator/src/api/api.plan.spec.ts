import { environmentNames } from '@tagservice/contracts';
import type { Applied, Deployment } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { computeTemplate } from '../compute/compute.plan.ts';
import { deployment } from '../workload/deployment.ts';
import { apiTemplate, planApi } from './api.plan.ts';

const podOf = ({ spec }: Applied<Deployment>) => spec?.template?.spec;
const containerOf = (deployment: Applied<Deployment>) => podOf(deployment)?.containers?.[0];
const environmentOf = (deployment: Applied<Deployment>) =>
  Object.fromEntries((containerOf(deployment)?.env ?? []).map((entry) => [entry?.name, entry?.value]));

const revision = '5d9c';
const api = (more = {}) => {
  const template = apiTemplate(service(more), 'tagservice/api:1.2');
  return deployment({ service: service(more), component: 'api', revision, template });
};
const compute = (more = {}) => {
  const template = computeTemplate(service(more), 'tagservice/compute:1.2');
  return deployment({ service: service(more), component: 'compute', revision, template });
};

describe('pods of the API', () => {
  it('are told all they need by their environment', () => {
    expect(environmentOf(api())).toMatchObject({
      SERVICE_NAME: 'demo',
      SERVICE_NAMESPACE: 'tags',
      HTTP_PORT: '8080',
      API_REQUESTS_PER_MINUTE: '600',
      API_BURST: '100',
      API_BODY_BYTES: '65536',
      API_PRIORITIES: '60,30,10',
      API_THROTTLE: '100',
      API_FEATURES: 'lists=true,related=true,batch=true,events=true,feedback=true,crawls=true',
      API_AUTH_MODE: 'JWT',
      API_AUTH_ISSUER: 'tags/demo',
      API_AUTH_AUDIENCE: 'tags/demo',
      API_AUTH_TENANT_CLAIM: 'tenant',
      API_AUTH_KEYS_FILE: '/etc/tagservice/identity/keys',
      METRICS_PORT: '9090',
      KAFKA_BROKERS: 'kafka.kafka:9092',
      KAFKA_TOPIC_PREFIX: 'tags.demo',
      REDIS_URL: 'redis://demo-redis-primary.tags.svc:6379',
      REDIS_USERNAME: 'app',
      REDIS_PASSWORD_FILE: '/etc/tagservice/redis/password',
      REDIS_ACKNOWLEDGING_REPLICAS: '1',
      API_DEADLINE_MS: '5000',
      API_FRESH_MS: '86400000',
      API_STALE_MS: '604800000',
      LOG_LEVEL: 'info',
      OTEL_SAMPLE_RATIO: '0.05',
    });
  });

  it('count no requests of a service that is open, unless it is declared', () => {
    const auth = { mode: 'Anonymous' as const };
    expect(environmentOf(api({ api: { auth } }))).not.toHaveProperty('API_REQUESTS_PER_MINUTE');
    const declared = { auth, limits: { requestsPerMinute: 60, burst: 5 }, trustedProxies: ['10.0.0.0/8', 'fd00::/8'] };
    expect(environmentOf(api({ api: declared }))).toMatchObject({
      API_REQUESTS_PER_MINUTE: '60',
      API_BURST: '5',
      API_TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8',
    });
  });

  it('are told of a brown-out, of shares and of what is switched off', () => {
    const declared = { throttle: 25, priorities: { critical: 50 }, features: { related: false } };
    expect(environmentOf(api({ api: declared }))).toMatchObject({
      API_THROTTLE: '25',
      API_PRIORITIES: '50,30,10',
      API_FEATURES: expect.stringContaining('related=false') as string,
    });
  });

  it('keep answering for some seconds after they are asked to stop, and end within their grace', () => {
    const container = containerOf(api());
    const drain = container?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    expect(drain).toBeGreaterThan(0);
    const grace = Number(environmentOf(api())['SHUTDOWN_GRACE_MS']);
    expect(drain * 1_000 + grace).toBeLessThan((podOf(api())?.terminationGracePeriodSeconds ?? 0) * 1_000);
  });

  it('are spread over zones and nodes', () => {
    expect(podOf(api())?.topologySpreadConstraints?.map((one) => one?.topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
  });

  it('take what the resource says of pods', () => {
    const pod = {
      resources: { requests: { cpu: 2 }, limits: { memory: '1Gi' } },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'spot', operator: 'Exists' as const }],
      annotations: { 'example.com/a': 'b' },
      env: [{ name: 'EXTRA', value: '1' }],
      terminationGracePeriod: '45s',
    };
    const deployment = api({ api: { pod }, images: { pullSecrets: ['registry'], pullPolicy: 'Always' } });
    expect(podOf(deployment)).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'spot', operator: 'Exists' }],
      imagePullSecrets: [{ name: 'registry' }],
      terminationGracePeriodSeconds: 45,
    });
    expect(podOf(deployment)?.tolerations?.[0]).not.toHaveProperty('value');
    expect(deployment.spec?.template?.metadata?.annotations).toEqual({ 'example.com/a': 'b' });
    expect(containerOf(deployment)).toMatchObject({
      imagePullPolicy: 'Always',
      resources: { requests: { cpu: '2', memory: '192Mi' }, limits: { memory: '1Gi' } },
    });
    expect(environmentOf(deployment)).toMatchObject({ EXTRA: '1' });
  });

  it('do not let a user replace what the operator itself sets', () => {
    const env = [
      { name: 'KAFKA_BROKERS', value: 'evil:1' },
      { name: 'POD_NAME', value: 'x' },
    ];
    const names = containerOf(api({ api: { pod: { env } } }))?.env?.map((entry) => entry?.name) ?? [];
    expect(environmentOf(api({ api: { pod: { env } } }))['KAFKA_BROKERS']).toBe('kafka.kafka:9092');
    expect(new Set(names).size).toBe(names.length);
  });

  it('take every variable that the operator does not set, whatever its name', () => {
    const env = ['constructor', 'toString', '__proto__'].map((name) => ({ name, value: '1' }));
    const names = containerOf(api({ api: { pod: { env } } }))?.env?.map((entry) => entry?.name) ?? [];
    expect(names).toEqual(expect.arrayContaining(['constructor', 'toString', '__proto__']));
  });
});

describe('pods of the workers', () => {
  it('are told all they need by their environment', () => {
    expect(
      environmentOf(
        compute({ compute: { fetch: { bodyBytes: '512Ki', allowedNetworks: ['10.0.0.0/8', 'fd00::/8'] } } }),
      ),
    ).toMatchObject({
      COMPUTE_CONCURRENCY: '16',
      COMPUTE_ATTEMPTS: '4',
      FETCH_TIMEOUT_MS: '10000',
      FETCH_BODY_BYTES: '524288',
      FETCH_ALLOWED_NETWORKS: '10.0.0.0/8,fd00::/8',
      FETCH_ROBOTS: 'Respect',
      FETCH_PER_HOST_CONCURRENCY: '2',
      FETCH_PER_HOST_INTERVAL_MS: '500',
      TAGS_MAX: '12',
      TAGS_MINIMUM_SCORE: '0.1',
    });
  });

  it('are told for how long tags are kept', () => {
    expect(environmentOf(compute({ compute: { tags: { keepFor: '30d' } } }))).toMatchObject({
      RECORD_RETENTION_MS: '2592000000',
    });
  });

  it('are told nothing of what is not declared', () => {
    const environment = environmentOf(compute());
    for (const name of [
      'FETCH_USER_AGENT',
      'FETCH_ALLOWED_NETWORKS',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'RECORD_RETENTION_MS',
    ])
      expect(environment).not.toHaveProperty(name);
    const told = environmentOf(
      compute({
        compute: { fetch: { userAgent: 'Bot/1' } },
        observability: { tracing: { otlpEndpoint: 'http://c:4318' } },
      }),
    );
    expect(told).toMatchObject({ FETCH_USER_AGENT: 'Bot/1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' });
  });
});

describe.each([
  ['the API', api],
  ['the workers', compute],
])('pods of %s', (_what, plan) => {
  it('satisfy the restricted security standard', () => {
    expect(podOf(plan())).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(podOf(plan())?.securityContext?.runAsUser).toBeGreaterThan(0);
    expect(containerOf(plan())?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('are asked whether they have started, are ready, are alive', () => {
    const container = containerOf(plan());
    const paths = [container?.startupProbe, container?.readinessProbe, container?.livenessProbe].map(
      (probe) => probe?.httpGet?.path,
    );
    expect(paths).toEqual(['/health/startup', '/health/ready', '/health/live']);
  });

  it('leave the number of pods to the autoscaler', () => {
    expect(plan().spec).not.toHaveProperty('replicas');
  });

  it('are replaced one by one, the new one first', () => {
    expect(plan().spec?.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  });

  it('carry only variables that the applications know', () => {
    const known = new Set<string>(Object.values(environmentNames));
    expect(Object.keys(environmentOf(plan())).filter((name) => !known.has(name))).toEqual([]);
  });

  it('are the same for the same resource', () => {
    expect(plan()).toEqual(plan());
  });

  it('carry their revision and are selected by it, and never their role', () => {
    const selector = plan().spec?.selector?.matchLabels ?? {};
    expect(Object.keys(selector).sort()).toEqual([
      'app.kubernetes.io/component',
      'tagservice.dev/revision',
      'tagservice.dev/service',
    ]);
    expect(plan().metadata.name).toMatch(/^demo-(api|compute)-5d9c$/);
    expect(JSON.stringify(plan())).not.toContain('tagservice.dev/role');
    expect(podOf(plan())?.topologySpreadConstraints?.map((one) => one?.labelSelector?.matchLabels)).toEqual([
      selector,
      selector,
    ]);
    expect(plan().spec?.template?.metadata?.labels).toMatchObject(selector);
    expect(plan().metadata.labels).toMatchObject({ 'app.kubernetes.io/version': '1.2' });
  });
});

describe('what stands around the pods of the API', () => {
  it('sends to pods of every revision, and protects those of one', () => {
    const plan = planApi(service(), revision);
    expect(plan.service.spec?.selector).not.toHaveProperty('tagservice.dev/revision');
    expect(plan.budget.spec?.selector?.matchLabels).toMatchObject({ 'tagservice.dev/revision': revision });
  });

  it('protects what an earlier release made as it is', () => {
    const labels = planApi(service(), undefined).budget.spec?.selector?.matchLabels ?? {};
    expect(Object.keys(labels)).not.toContain('tagservice.dev/revision');
  });
});

describe('variables that stand elsewhere', () => {
  it('are referred to and not copied', () => {
    const valueFrom = { secretKeyRef: { name: 'token', key: 'value', optional: false } };
    const env = containerOf(api({ api: { pod: { env: [{ name: 'TOKEN', valueFrom }] } } }))?.env ?? [];
    expect(env.at(-1)).toEqual({ name: 'TOKEN', valueFrom });
  });
});
