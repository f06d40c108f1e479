import type { TagServiceSpecInput } from '../src/tag-service.ts';

type Spec = TagServiceSpecInput;

/** A resource that a user could write. Where `before` is given, the sample is a change of it. */
export type Sample = { readonly name?: string; readonly before?: Spec; readonly spec: Spec };

/** What a refusal must tell: field, value found, remedy. */
export type Refusal = Sample & { readonly says: readonly string[] };

/** For each rule of the definition (by its name) a resource that it lets pass and one that it refuses. */
export type RuleSamples = { readonly accept: Sample; readonly reject: Refusal };

const kafka: Spec['kafka'] = { brokers: ['kafka.kafka:9092'] };
export const minimal: Spec = { kafka };

const withKafka = (more: Partial<Spec['kafka']>): Spec => ({ kafka: { ...kafka, ...more } });
const withRedis = (redis: Spec['redis']): Spec => ({ kafka, ...(redis !== undefined && { redis }) });
const withScaling = (scaling: Spec['scaling']): Spec => ({ kafka, ...(scaling !== undefined && { scaling }) });

type Topic = 'requests' | 'results' | 'deadLetters';

function topicSamples(topic: Topic): Readonly<Record<string, RuleSamples>> {
  const field = `kafka.${topic}`;
  return {
    [`${topic} partitions never shrink`]: {
      accept: { before: withKafka({ [topic]: { partitions: 12 } }), spec: withKafka({ [topic]: { partitions: 24 } }) },
      reject: {
        before: withKafka({ [topic]: { partitions: 24 } }),
        spec: withKafka({ [topic]: { partitions: 12 } }),
        says: [`spec.${field}.partitions`, 'from 24 to 12', 'keep at least 24'],
      },
    },
    [`${topic} in-sync replicas exist`]: {
      accept: { spec: withKafka({ [topic]: { replicationFactor: 1, minInSyncReplicas: 1 } }) },
      reject: {
        spec: withKafka({ [topic]: { replicationFactor: 2, minInSyncReplicas: 3 } }),
        says: [`spec.${field}.minInSyncReplicas`, 'is 3', `${field}.replicationFactor 2`, 'lower minInSyncReplicas'],
      },
    },
    [`${field}.retention range`]: {
      accept: { spec: withKafka({ [topic]: { retention: '365d' } }) },
      reject: {
        spec: withKafka({ [topic]: { retention: '10s' } }),
        says: [`spec.${field}.retention`, 'is 10s', 'from 1m to 365d'],
      },
    },
  };
}

function tolerationSamples(component: 'api' | 'compute'): Readonly<Record<string, RuleSamples>> {
  const field = `${component}.pod.tolerations`;
  type Toleration = {
    key?: string;
    operator?: 'Equal' | 'Exists';
    value?: string;
    effect?: '' | 'NoSchedule' | 'NoExecute';
  };
  const spec = (toleration: Toleration & { tolerationSeconds?: number }): Spec => ({
    kafka,
    [component]: { pod: { tolerations: [toleration] } },
  });
  return {
    [`${field} Exists has no value`]: {
      accept: { spec: spec({ key: 'a', operator: 'Exists' }) },
      reject: {
        spec: spec({ key: 'a', operator: 'Exists', value: 'b' }),
        says: [`spec.${field}[0].value`, 'value is b', 'write operator Equal'],
      },
    },
    [`${field} Equal has a key`]: {
      accept: { spec: spec({ operator: 'Exists' }) },
      reject: { spec: spec({ value: 'b' }), says: [`spec.${field}[0].key`, 'operator Equal needs a key'] },
    },
    [`${field} seconds go with NoExecute`]: {
      accept: { spec: spec({ key: 'a', effect: 'NoExecute', tolerationSeconds: 9 }) },
      reject: {
        spec: spec({ key: 'a', effect: 'NoSchedule', tolerationSeconds: 9 }),
        says: [`spec.${field}[0].tolerationSeconds`, 'tolerationSeconds 9', 'leave tolerationSeconds out'],
      },
    },
  };
}

function podSamples(component: 'api' | 'compute'): Readonly<Record<string, RuleSamples>> {
  const field = `${component}.pod.terminationGracePeriod`;
  const spec = (terminationGracePeriod: string): Spec => ({ kafka, [component]: { pod: { terminationGracePeriod } } });
  const variable = (more: object): Spec => ({ kafka, [component]: { pod: { env: [{ name: 'A', ...more }] } } });
  const secretKeyRef = { name: 'token', key: 'value' };
  const configMapKeyRef = { name: 'words', key: 'list' };
  return {
    [`${field} range`]: {
      accept: { spec: spec('90s') },
      reject: { spec: spec('1h'), says: [`spec.${field}`, 'is 1h', 'from 5s to 15m'] },
    },
    ...tolerationSamples(component),
    [`${component} requests fit their limits`]: {
      accept: {
        spec: {
          kafka,
          [component]: { pod: { resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: 1 } } } },
        },
      },
      reject: {
        spec: { kafka, [component]: { pod: { resources: { requests: { cpu: 2 }, limits: { cpu: '1500m' } } } } },
        says: [`spec.${component}.pod.resources.requests`, 'a request above its limit', 'lower the request'],
      },
    },
    [`${component} nodeSelector holds labels`]: {
      accept: { spec: { kafka, [component]: { pod: { nodeSelector: { 'example.com/disk': 'ssd', zone: '' } } } } },
      reject: {
        spec: { kafka, [component]: { pod: { nodeSelector: { 'bad key!': 'x' } } } },
        says: [`spec.${component}.pod.nodeSelector`, 'that no label can have'],
      },
    },
    [`${component} variables have one source`]: {
      accept: { spec: variable({ value: '' }) },
      reject: {
        spec: variable({ value: '1', valueFrom: { secretKeyRef } }),
        says: [`spec.${component}.pod.env[0]`, `${component}.pod.env A`, 'write exactly one'],
      },
    },
    [`${component} references name one object`]: {
      accept: { spec: variable({ valueFrom: { secretKeyRef } }) },
      reject: {
        spec: variable({ valueFrom: { secretKeyRef, configMapKeyRef } }),
        says: [`spec.${component}.pod.env[0].valueFrom`, 'both or none', 'write exactly one'],
      },
    },
  };
}

const withAuth = (auth: NonNullable<Spec['api']>['auth']): Spec => ({
  kafka,
  api: { ...(auth !== undefined && { auth }) },
});
const elsewhere = { issuer: 'https://issuer.example.org', audience: 'tags' };
const jwksUrl = 'https://issuer.example.org/jwks.json';

const authSamples: Readonly<Record<string, RuleSamples>> = {
  'token keys have one source': {
    accept: { spec: withAuth({ keysSecretRef: { name: 'issuer' } }) },
    reject: {
      spec: withAuth({ ...elsewhere, jwksUrl, keysSecretRef: { name: 'issuer' } }),
      says: ['spec.api.auth.keysSecretRef', 'both jwksUrl and keysSecretRef'],
    },
  },
  'open services check no tokens': {
    accept: { spec: withAuth({ mode: 'Anonymous' }) },
    reject: {
      spec: withAuth({ mode: 'Anonymous', audience: 'tags' }),
      says: ['spec.api.auth.mode', 'is Anonymous', 'write mode JWT'],
    },
  },
  'tokens of an issuer elsewhere are for this service': {
    accept: { spec: withAuth({ ...elsewhere, jwksUrl }) },
    reject: {
      spec: withAuth({ issuer: elsewhere.issuer, jwksUrl }),
      says: ['spec.api.auth.jwksUrl', 'needs issuer and audience'],
    },
  },
  'jwksUrl is an address that can be trusted': {
    accept: { spec: withAuth({ ...elsewhere, jwksUrl: 'http://keycloak.auth.svc/certs' }) },
    reject: {
      spec: withAuth({ ...elsewhere, jwksUrl: 'http://issuer.example.org/jwks.json' }),
      says: ['spec.api.auth.jwksUrl', 'http://issuer.example.org/jwks.json', 'write an https address'],
    },
  },
};

export const ruleSamples: Readonly<Record<string, RuleSamples>> = {
  'name fits its children': {
    accept: { name: 'a'.repeat(40), spec: minimal },
    reject: { name: 'a'.repeat(41), spec: minimal, says: ['metadata.name', '41 characters', 'at most 40 characters'] },
  },
  'stale answers outlive fresh ones': {
    accept: { spec: { kafka, api: { cache: { freshFor: '7d', serveStaleFor: '168h' } } } },
    reject: {
      spec: { kafka, api: { cache: { freshFor: '8d', serveStaleFor: '168h' } } },
      says: ['spec.api.cache.serveStaleFor', '168h', '8d', 'raise serveStaleFor'],
    },
  },
  'topicPrefix is immutable': {
    accept: {
      before: withKafka({ topicPrefix: 'team.tags' }),
      spec: withKafka({ topicPrefix: 'team.tags', deletionPolicy: 'Delete' }),
    },
    reject: {
      before: minimal,
      spec: withKafka({ topicPrefix: 'team.tags' }),
      says: ['spec.kafka.topicPrefix', 'from its default to team.tags', 'restore it'],
    },
  },
  'acknowledging replicas exist': {
    accept: { spec: withRedis({ replicas: 1, durability: { acknowledgingReplicas: 0 } }) },
    reject: {
      spec: withRedis({ replicas: 2, durability: { acknowledgingReplicas: 2 } }),
      says: ['spec.redis.durability.acknowledgingReplicas', 'is 2', 'leaves only 1', 'raise redis.replicas'],
    },
  },
  'redis storage is immutable': {
    accept: {
      before: withRedis({ storage: { size: '1Gi' } }),
      spec: withRedis({ storage: { size: '1Gi' }, replicas: 5 }),
    },
    reject: {
      before: withRedis({ storage: { size: '1Gi' } }),
      spec: withRedis({ storage: { size: '2Gi', className: 'fast' } }),
      says: ['spec.redis.storage.size', 'size 1Gi to 2Gi', 'className its default to fast', 'restore it'],
    },
  },
  'scaling.compute bounds are in order': {
    accept: { spec: withScaling({ compute: { min: 4, max: 4 } }) },
    reject: {
      spec: withScaling({ compute: { min: 21 } }),
      says: ['spec.scaling.compute.min', 'is 21', 'scaling.compute.max 20', 'lower min or raise max'],
    },
  },
  'scaling.api bounds are in order': {
    accept: { spec: withScaling({ api: { min: 1, max: 1 } }) },
    reject: {
      spec: withScaling({ api: { min: 100, max: 12 } }),
      says: ['spec.scaling.api.min', 'is 100', 'scaling.api.max 12', 'lower min or raise max'],
    },
  },
  'api.deadline range': {
    accept: { spec: { kafka, api: { deadline: '1m' } } },
    reject: { spec: { kafka, api: { deadline: '61s' } }, says: ['spec.api.deadline', 'is 61s', 'from 100ms to 60s'] },
  },
  'api.cache.freshFor range': {
    accept: { spec: { kafka, api: { cache: { freshFor: '1d' } } } },
    reject: {
      spec: { kafka, api: { cache: { freshFor: '500ms' } } },
      says: ['spec.api.cache.freshFor', 'is 500ms', 'from 1s to 365d'],
    },
  },
  'api.cache.serveStaleFor range': {
    accept: { spec: { kafka, api: { cache: { serveStaleFor: '365d' } } } },
    reject: {
      spec: { kafka, api: { cache: { serveStaleFor: '366d' } } },
      says: ['spec.api.cache.serveStaleFor', 'is 366d', 'from 1s to 365d'],
    },
  },
  'compute.fetch.timeout range': {
    accept: { spec: { kafka, compute: { fetch: { timeout: '1m30s' } } } },
    reject: {
      spec: { kafka, compute: { fetch: { timeout: '3m' } } },
      says: ['spec.compute.fetch.timeout', 'is 3m', 'from 100ms to 2m'],
    },
  },
  'compute.fetch.perHostInterval range': {
    accept: { spec: { kafka, compute: { fetch: { perHostInterval: '0s' } } } },
    reject: {
      spec: { kafka, compute: { fetch: { perHostInterval: '61s' } } },
      says: ['spec.compute.fetch.perHostInterval', 'is 61s', 'from 0s to 1m'],
    },
  },
  'compute.fetch.bodyBytes range': {
    accept: { spec: { kafka, compute: { fetch: { bodyBytes: '512Ki' } } } },
    reject: {
      spec: { kafka, compute: { fetch: { bodyBytes: '1Gi' } } },
      says: ['spec.compute.fetch.bodyBytes', 'is 1Gi', 'from 1Ki to 16Mi'],
    },
  },
  'compute.tags.keepFor range': {
    accept: { spec: { kafka, compute: { tags: { keepFor: '3650d' } } } },
    reject: {
      spec: { kafka, compute: { tags: { keepFor: '59m' } } },
      says: ['spec.compute.tags.keepFor', 'is 59m', 'from 1h to 3650d'],
    },
  },
  'redis.storage.size range': {
    accept: { spec: withRedis({ storage: { size: '64Mi' } }) },
    reject: {
      spec: withRedis({ storage: { size: '1Mi' } }),
      says: ['spec.redis.storage.size', 'is 1Mi', 'from 64Mi to 16Ti'],
    },
  },
  'redis.maxMemory range': {
    accept: { spec: withRedis({ maxMemory: '2G' }) },
    reject: { spec: withRedis({ maxMemory: '1k' }), says: ['spec.redis.maxMemory', 'is 1k', 'from 16Mi to 512Gi'] },
  },
  'allowed networks are networks': {
    accept: { spec: { kafka, compute: { fetch: { allowedNetworks: ['10.96.0.0/12', 'fd00::/8'] } } } },
    reject: {
      spec: { kafka, compute: { fetch: { allowedNetworks: ['999.0.0.0/99'] } } },
      says: ['spec.compute.fetch.allowedNetworks[0]', '999.0.0.0/99', 'write one like'],
    },
  },
  'otlpEndpoint is an address': {
    accept: { spec: { kafka, observability: { tracing: { otlpEndpoint: 'http://collector.observability:4318' } } } },
    reject: {
      spec: { kafka, observability: { tracing: { otlpEndpoint: 'http://[' } } },
      says: ['spec.observability.tracing.otlpEndpoint', 'is http://[', 'write one like'],
    },
  },
  ...authSamples,
  'trusted proxies are networks': {
    accept: { spec: { kafka, api: { trustedProxies: ['10.0.0.0/8', 'fd00::/8'] } } },
    reject: {
      spec: { kafka, api: { trustedProxies: ['10.0.0.0/99'] } },
      says: ['spec.api.trustedProxies[0]', '10.0.0.0/99', 'write one like'],
    },
  },
  'shares of the classes fit': {
    accept: { spec: { kafka, api: { priorities: { critical: 80, normal: 10 } } } },
    reject: {
      spec: { kafka, api: { priorities: { critical: 80 } } },
      says: ['spec.api.priorities', 'add up to 120 percent', 'lower critical'],
    },
  },
  ...podSamples('api'),
  ...podSamples('compute'),
  'kafka.replicationThrottle range': {
    accept: { spec: withKafka({ replicationThrottle: '64Ki' }) },
    reject: {
      spec: withKafka({ replicationThrottle: '1Ki' }),
      says: ['spec.kafka.replicationThrottle', 'is 1Ki', 'from 64Ki to 10Gi'],
    },
  },
  ...topicSamples('requests'),
  ...topicSamples('results'),
  ...topicSamples('deadLetters'),
};
