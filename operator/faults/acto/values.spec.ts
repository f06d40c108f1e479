import { parseSpec } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { fieldsOf } from './fields.ts';
import { withValue } from './spec-edit.ts';
import { valuesOf, valueText } from './values.ts';

const BASE = { kafka: { brokers: ['kafka:9092'] } };
const values = fieldsOf().flatMap(valuesOf);

describe('the fields', () => {
  it('are every place of the spec that takes a value, each once', () => {
    const texts = fieldsOf().map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of [
      'spec.mode',
      'spec.freeze',
      'spec.freeze[]',
      'spec.api.pod.env[].value',
      'spec.kafka.tls.caSecretRef.key',
    ])
      expect(texts).toContain(text);
  });
});

describe('a value that is valid', () => {
  it.each(values.filter(({ valid }) => valid).map((value) => [valueText(value), value] as const))(
    'is read: %s',
    (_text, value) => {
      const parsed = parseSpec(withValue(BASE, value));
      expect(parsed.ok ? [] : parsed.problems).toEqual([]);
    },
  );

  it('is tried in many places, several times each', () => {
    for (const field of fieldsOf()) expect(valuesOf(field).filter(({ valid }) => valid).length).toBeGreaterThan(1);
  });
});

describe('a value that is not valid', () => {
  it('is tried for every field', () => {
    for (const field of fieldsOf()) expect(valuesOf(field).filter(({ valid }) => !valid).length).toBeGreaterThan(1);
  });
});
