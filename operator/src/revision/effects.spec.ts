import { annotatedSchemas, parseSpec, type SchemaNode, type TagService } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { cacheOf, service } from '../../test/fixtures.ts';
import { makePasswords } from '../redis/redis.access.ts';
import { planRedis } from '../redis/redis.plan.ts';
import { computeLimit } from '../rollout/capacity.ts';
import { heldAutoscaler } from '../scaling/scaling.frozen.ts';
import { planScaling } from '../scaling/scaling.plan.ts';
import { effectsOf, fieldEffects, type Effect } from './effects.ts';
import { snapshotOf } from './snapshot.ts';

const passwords = makePasswords(() => Buffer.alloc(32));
const images = { api: 'tagservice/api:1', compute: 'tagservice/compute:1', redis: 'redis:7' };

/** Every field of the spec that has no fields of its own. */
function leaves(node: SchemaNode, path: string): { path: string; node: SchemaNode }[] {
  if (node.properties === undefined) return [{ path, node }];
  return Object.entries(node.properties).flatMap(([name, child]) => leaves(child, `${path}.${name}`));
}
const fields = leaves(annotatedSchemas.spec, 'spec');

/** What must stand beside a field for it to be valid. */
const beside: Readonly<Record<string, object>> = {
  'spec.kafka.sasl.mechanism': { kafka: { sasl: { secretRef: { name: 'login' } } } },
  'spec.kafka.sasl.secretRef.name': { kafka: { sasl: { mechanism: 'PLAIN' } } },
  'spec.api.auth.keysSecretRef.key': { api: { auth: { keysSecretRef: { name: 'issuer' } } } },
  'spec.kafka.tls.caSecretRef.key': { kafka: { tls: { caSecretRef: { name: 'authority' } } } },
};

/** Values that no rule makes up from the schema: two for each field. */
const written: Readonly<Record<string, readonly [unknown, unknown]>> = {
  'spec.images.pullSecrets': [[], ['registry']],
  'spec.compute.fetch.allowedNetworks': [[], ['10.0.0.0/8']],
  'spec.kafka.brokers': [['kafka:9092'], ['other:9092']],
  'spec.kafka.sasl.mechanism': ['PLAIN', 'SCRAM-SHA-256'],
  'spec.api.auth.jwksUrl': ['https://one.example.org/', 'https://two.example.org/'],
  'spec.api.trustedProxies': [[], ['10.0.0.0/8']],
  'spec.api.limits.bodyBytes': [2048, 4096],
  'spec.freeze': [[], ['Scaling']],
  'spec.redis.replicas': [3, 4],
  'spec.redis.durability.acknowledgingReplicas': [1, 2],
  'spec.observability.tracing.otlpEndpoint': ['http://a:4318', 'http://b:4318'],
  'spec.kafka.topicPrefix': ['one', 'two'],
  'spec.scaling.compute.max': [9, 10],
  'spec.kafka.requests.partitions': [5, 6],
};
const byName: Readonly<Record<string, readonly [unknown, unknown]>> = {
  env: [[], [{ name: 'A', value: '1' }]],
  tolerations: [[], [{ key: 'spot', operator: 'Exists' }]],
  requests: [{ cpu: '1' }, { cpu: '2' }],
  limits: [{ cpu: '1' }, { cpu: '2' }],
  nodeSelector: [{}, { disk: 'ssd' }],
  annotations: [{}, { a: 'b' }],
};

/** Two values of a field by its type. Of durations and sizes some fields take only large ones. */
const byType: Readonly<Record<string, readonly (readonly [unknown, unknown])[]>> = {
  duration: [
    ['8d', '9d'],
    ['31s', '32s'],
  ],
  quantity: [
    ['3Mi', '4Mi'],
    ['1Gi', '2Gi'],
  ],
  integer: [[3, 4]],
  number: [[0.25, 0.5]],
  boolean: [[false, true]],
  string: [['one', 'two']],
};

function valuesOf({ path, node }: { path: string; node: SchemaNode }): readonly [unknown, unknown] {
  const found = written[path] ?? byName[path.slice(path.lastIndexOf('.') + 1)];
  if (found !== undefined) return found;
  const words = node['enum'] as readonly string[] | undefined;
  if (words !== undefined) return [words[0], words[1]];
  const type = String(node['x-tagservice-type'] ?? node.type);
  return byType[type]?.find((pair) => pair.every(fits(path))) ?? [undefined, undefined];
}

const fits =
  (path: string) =>
  (value: unknown): boolean =>
    parseSpec(input(path, value)).ok;

/** A spec in which one field has this value. */
function input(path: string, value: unknown): Record<string, unknown> {
  const names = path.split('.').slice(1);
  const alone = names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return merge(merge({ kafka: { brokers: ['kafka:9092'] } }, beside[path] ?? {}), alone as object);
}

function merge(one: object, other: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const known = result[key];
    const both = [known, value].every((each) => typeof each === 'object' && each !== null && !Array.isArray(each));
    result[key] = both ? merge(known as object, value as object) : value;
  }
  return result;
}

/** What of the objects of a service a change can be seen in. */
function observed(declared: TagService): Record<Effect & ('revision' | 'store' | 'autoscalers'), string> {
  const { spec } = declared;
  const world = { bounds: { api: spec.scaling.api, compute: spec.scaling.compute } };
  const { max } = computeLimit({ ...world, partitions: spec.kafka.requests.partitions } as never);
  const scaling = planScaling(declared, { revision: 'x', maximum: max });
  const held = [scaling.api, scaling.compute].map((one) => heldAutoscaler(declared, one, cacheOf([])).desired);
  return {
    revision: snapshotOf(declared, images, []).name,
    store: JSON.stringify(planRedis(declared, passwords, spec.images.redis ?? images.redis).statefulSet),
    autoscalers: JSON.stringify(held),
  };
}

function changedBy(path: string, [before, after]: readonly [unknown, unknown]): Effect[] {
  const [one, other] = [before, after].map((value) => observed(service(input(path, value) as never)));
  if (one === undefined || other === undefined) return [];
  return (['revision', 'store', 'autoscalers'] as const).filter((what) => one[what] !== other[what]);
}

describe('a change', () => {
  it.each(fields.map((field) => [field.path, field] as const))('of %s does what the table says', (path, field) => {
    const entry = effectsOf(path);
    expect(entry, 'the table has no row for it').toBeDefined();
    if (entry?.effects.includes('fixed') === true) return;
    const told = (entry?.effects ?? []).filter((one) => ['revision', 'store', 'autoscalers'].includes(one));
    expect(changedBy(path, valuesOf(field)).sort()).toEqual([...told].sort());
  });

  it('is told of by rows that are all needed', () => {
    const used = new Set(fields.map(({ path }) => effectsOf(path)));
    expect(fieldEffects.filter((entry) => !used.has(entry))).toEqual([]);
  });
});
