import { describe, expect, it } from 'vitest';
import { ruleSamples } from '../test/samples.ts';
import { celRules, customResourceDefinition, customResourceDefinitions, type SchemaNode } from './definition.ts';
import { parseSpec } from './tag-service.ts';

const [version] = customResourceDefinition().spec.versions;
const root = version?.schema.openAPIV3Schema;
const fields = (node: SchemaNode | undefined, path = ''): { path: string; node: SchemaNode }[] => {
  if (node === undefined) return [];
  const below = Object.entries(node.properties ?? {}).flatMap(([name, child]) => fields(child, `${path}.${name}`));
  return [
    { path, node },
    ...below,
    ...fields(node.items, `${path}[]`),
    ...fields(node.additionalProperties, `${path}.*`),
  ];
};
const declaredIn = (schema: SchemaNode | undefined) =>
  fields(schema).filter(({ path }) => path.startsWith('.spec.') || path.startsWith('.status.'));
const declared = declaredIn(root);
const everyKind = customResourceDefinitions().map(
  ({ spec }) => [spec.names.kind, declaredIn(spec.versions[0]?.schema.openAPIV3Schema)] as const,
);

describe.each(everyKind)('the definition of %s', (_kind, declared) => {
  it('describes every field', () => {
    expect(declared.filter(({ node }) => (node.description ?? '').length < 4).map(({ path }) => path)).toEqual([]);
    expect(declared.length).toBeGreaterThan(10);
  });

  it('bounds every text, list, map and number', () => {
    const unbounded = declared.filter(({ node }) => {
      if (node.type === 'string') return node['maxLength'] === undefined && node['enum'] === undefined;
      if (node.type === 'array') return node['maxItems'] === undefined;
      if (node.additionalProperties !== undefined) return node['maxProperties'] === undefined;
      return (node.type === 'integer' || node.type === 'number') && node['minimum'] === undefined;
    });
    expect(unbounded.map(({ path }) => path)).toEqual([]);
  });

  it('says how every list is merged', () => {
    const lists = declared.filter(({ node }) => node.type === 'array');
    for (const { path, node } of lists)
      expect([path, node['x-kubernetes-list-type']]).toEqual([path, expect.stringMatching(/^(map|set)$/)]);
    expect(lists.length).toBeGreaterThan(0);
  });
});

describe('the names of all kinds', () => {
  it('mean one kind each, also where kubectl looks for a category first', () => {
    const kinds = customResourceDefinitions().map(({ spec }) => spec.names);
    for (const { kind, plural, singular, shortNames } of kinds)
      for (const word of [plural, singular, ...shortNames]) {
        const others = kinds.filter((one) => one.kind !== kind);
        const meant = others.flatMap((one) => [one.plural, one.singular, ...one.shortNames, ...one.categories]);
        expect(meant).not.toContain(word);
      }
  });
});

describe('the definition', () => {
  it('of kinds that hold records lets no spec change', () => {
    for (const { spec } of customResourceDefinitions().slice(1)) {
      const record = spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'];
      expect(record?.['x-kubernetes-validations']).toEqual([expect.objectContaining({ rule: 'self == oldSelf' })]);
    }
  });

  it('requires nothing of a user but the brokers', () => {
    const required = declared.filter(
      ({ path, node }) => path.startsWith('.spec') && node.required !== undefined && !path.includes('[]'),
    );
    expect(required.map(({ path, node }) => `${path}: ${String(node.required)}`).sort()).toEqual([
      // Within parts that may be left out: what they are nothing without.
      '.spec.api.auth.keysSecretRef: name',
      '.spec.kafka.sasl.secretRef: name',
      '.spec.kafka.sasl: mechanism,secretRef',
      '.spec.kafka.tls.caSecretRef: name',
      '.spec.kafka.tls.certificateSecretRef: name',
      // And of the service itself:
      '.spec.kafka: brokers',
    ]);
  });

  it('has a sample for each rule, and no sample without a rule', () => {
    expect(celRules()).toHaveLength(Object.keys(ruleSamples).length);
    expect(new Set(celRules()).size).toBe(celRules().length);
  });
});

describe('a spec that the operator reads', () => {
  it('has every default although only the brokers are given', () => {
    const parsed = parseSpec({ kafka: { brokers: ['kafka:9092'] } });
    expect(parsed).toMatchObject({
      ok: true,
      spec: {
        api: { deadline: '5s', cache: { freshFor: '24h', serveStaleFor: '7d' } },
        compute: { concurrency: 16, attempts: 4, tags: { max: 12, minimumScore: 0.1 } },
        kafka: { requests: { partitions: 12, replicationFactor: 3, minInSyncReplicas: 2 }, deletionPolicy: 'Retain' },
        redis: { replicas: 3, maxMemory: '1Gi' },
        scaling: { compute: { min: 1, max: 20, target: { lagPerReplica: 100 } }, api: { min: 2, max: 10 } },
      },
    });
  });

  it('has the same defaults in the definition and in the program', () => {
    const parsed = parseSpec({ kafka: { brokers: ['kafka:9092'] } });
    const written = root?.properties?.['spec']?.properties;
    expect(parsed).toMatchObject({
      ok: true,
      spec: { redis: written?.['redis']?.default, scaling: written?.['scaling']?.default },
    });
  });

  it('is refused with the field named when the definition in the cluster is another', () => {
    expect(parseSpec({ kafka: { brokers: [] }, api: { deadline: 5 } })).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('spec.api.deadline'), expect.stringContaining('spec.kafka.brokers')],
    });
  });
});
