import { parseSpec } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { namesField } from './api-server.ts';
import { fieldsOf } from './fields.ts';
import { merged, withValue } from './spec-edit.ts';
import type { Value } from './values.ts';

const BASE = { kafka: { brokers: ['kafka:9092'], requests: { retention: '3h', partitions: 2 } } };

function value(text: string, tried: unknown): Value {
  const field = fieldsOf().find((one) => one.text === text);
  if (field === undefined) throw new Error(`there is no field ${text}`);
  return { field, name: 'tried', value: tried, valid: true };
}

describe('a value in a spec', () => {
  it('stands at its place, and nothing else has changed', () => {
    expect(withValue(BASE, value('spec.kafka.requests.retention', '4h'))).toEqual({
      kafka: { brokers: ['kafka:9092'], requests: { retention: '4h', partitions: 2 } },
    });
    expect(BASE.kafka.requests.retention).toBe('3h');
  });

  it('leaves its field out when it is undefined', () => {
    expect(withValue(BASE, value('spec.kafka.requests.retention', undefined))).toEqual({
      kafka: { brokers: ['kafka:9092'], requests: { partitions: 2 } },
    });
  });

  it('comes behind the entries of a list', () => {
    expect(withValue(BASE, value('spec.kafka.brokers[]', 'other:9092'))).toMatchObject({
      kafka: { brokers: ['kafka:9092', 'other:9092'] },
    });
  });

  it('has beside it what it cannot do without', () => {
    expect(withValue(BASE, value('spec.api.pod.env[].valueFrom.secretKeyRef.key', 'k'))).toMatchObject({
      api: {
        pod: { env: [{ name: 'TRIED', valueFrom: { secretKeyRef: { name: 'missing', key: 'k', optional: true } } }] },
      },
    });
    expect(withValue(BASE, value('spec.redis.durability.acknowledgingReplicas', 8))).toMatchObject({
      redis: { replicas: 9, durability: { acknowledgingReplicas: 8 } },
    });
  });

  it('is read together with others', () => {
    const both = withValue(withValue(BASE, value('spec.scaling.api.min', 40)), value('spec.api.cache.freshFor', '8d'));
    expect(parseSpec(both).ok).toBe(true);
  });
});

describe('two objects in one', () => {
  it('have the fields of both, and the second one wins', () => {
    expect(merged({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: 3 }, d: [2] })).toEqual({ a: { b: 3, c: 2 }, d: [2] });
  });
});

describe('a message', () => {
  it.each([
    ['spec.freeze[3]: Unsupported value', 'spec.freeze[]'],
    ['spec.api.pod.env[0].name: Required', 'spec.api.pod.env[].name'],
    ['spec.api.pod.nodeSelector: a key that no label can have', 'spec.api.pod.nodeSelector.example.com/tried'],
    ['spec.kafka.brokers: Duplicate value', 'spec.kafka.brokers[]'],
  ])('names a field: %s', (text, field) => {
    expect(namesField(text, field)).toBe(true);
  });

  it('does not when it speaks of another', () => {
    expect(namesField('spec.redis.replicas: too many', 'spec.api.deadline')).toBe(false);
  });
});
