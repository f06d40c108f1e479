import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differencesOf } from './difference.ts';

const fields = (kind: string, found: unknown, wanted: unknown) => differencesOf(kind, found, wanted).fields;

describe('differences between what was found and what is wanted', () => {
  it('name each field by its path, with both values', () => {
    expect(
      fields('Deployment', { spec: { replicas: 1, paused: true } }, { spec: { replicas: 3, paused: true } }),
    ).toEqual([{ path: 'spec.replicas', found: '1', wanted: '3' }]);
  });

  it('name elements of lists by what tells them apart', () => {
    const containers = (image: string, ...more: object[]) => ({ containers: [...more, { name: 'api', image }] });
    expect(fields('Pod', containers('a:1', { name: 'spy' }), containers('a:2'))).toEqual([
      { path: 'containers[name=spy]', found: '{"name":"spy"}', wanted: undefined },
      { path: 'containers[name=api].image', found: '"a:1"', wanted: '"a:2"' },
    ]);
  });

  it('show lists of plain values whole', () => {
    expect(fields('Pod', { args: ['a', 'b'] }, { args: ['b'] })).toEqual([
      { path: 'args', found: '["a","b"]', wanted: '["b"]' },
    ]);
  });

  it('quote keys that are no plain names', () => {
    const annotated = (value: string) => ({ metadata: { annotations: { 'a.b/c': value } } });
    expect(fields('Pod', annotated('x'), annotated('y'))[0]?.path).toBe('metadata.annotations["a.b/c"]');
  });

  it('tell field by field what is missing as a whole', () => {
    expect(fields('ConfigMap', undefined, { data: { a: '1', b: '2' } }).map(({ path }) => path)).toEqual([
      'data.a',
      'data.b',
    ]);
    expect(fields('Secret', { data: { a: '1' } }, {})).toEqual([
      { path: 'data.a', found: '(secret)', wanted: undefined },
    ]);
  });

  it('tell null, an empty object and an absent field apart', () => {
    expect(fields('X', { a: null }, {})).toHaveLength(1);
    expect(fields('X', { a: {}, b: 1 }, { b: 1 })).toEqual([{ path: 'a', found: '{}', wanted: undefined }]);
    expect(fields('X', { a: {} }, { a: {} })).toEqual([]);
  });

  it('never show what a Secret holds', () => {
    const secret = (value: string) => ({
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': value, note: value } },
      type: value,
      data: { password: value },
      stringData: { token: value },
    });
    const shown = fields('Secret', secret('hunter2'), secret('swordfish'));
    expect(shown.filter(({ found }) => found === '(secret)').map(({ path }) => path)).toEqual([
      'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]',
      'data.password',
      'stringData.token',
    ]);
    expect(fields('Secret', { data: { a: 'hunter2' } }, { data: {} })).toEqual([
      { path: 'data', found: '(secret)', wanted: '(secret)' },
    ]);
  });

  it('are bounded in number and length', () => {
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`k${String(index)}`, 'x'.repeat(500)]));
    const told = differencesOf('ConfigMap', { data: { z: '' } }, { data: many });
    expect(told.fields).toHaveLength(50);
    expect(told.omitted).toBe(71);
    expect(told.fields[5]?.wanted).toHaveLength(200);
  });

  it('are none exactly for equal JSON, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        expect(fields('X', { v: one }, { v: structuredClone(one) })).toEqual([]);
        const sorted = (value: unknown): unknown =>
          typeof value !== 'object' || value === null || Array.isArray(value)
            ? value
            : Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
        expect(fields('X', sorted(one), one)).toEqual([]);
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        if (same) expect(fields('X', one, other)).toEqual([]);
      }),
    );
  });

  it('are found wherever a value was changed', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (record, pick) => {
        const keys = Object.keys(record).filter((key) => key !== '__proto__');
        const key = keys[pick % Math.max(1, keys.length)];
        if (key === undefined) return;
        expect(fields('X', record, { ...record, [key]: 'changed to this' }).length).toBeGreaterThan(0);
      }),
    );
  });
});
