import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentHash } from './canonical.ts';

/** The rule, without regard to its price. */
function plainly(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainly).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const known = Object.entries(value).filter(([, entry]) => entry !== undefined);
  const fields = known.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([key, entry]) => `${JSON.stringify(key)}:${plainly(entry)}`).join(',')}}`;
}

describe('canonical JSON', () => {
  it('is the same whatever the order of keys, and leaves out what is undefined', () => {
    expect(canonicalJson({ b: 1, a: [{ d: undefined, c: null }] })).toBe('{"a":[{"c":null}],"b":1}');
    expect(canonicalJson([undefined, {}, []])).toBe('[null,{},[]]');
  });

  it('says the same as the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('has its keys in the order of their code units, few or many', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.option(fc.string(), { nil: undefined }), { maxKeys: 40 }), (record) => {
        expect(canonicalJson({ record })).toBe(plainly({ record }));
      }),
    );
  });
});

describe('a content hash', () => {
  it('does not depend on the order of keys, nor on undefined fields', () => {
    expect(contentHash({ a: 1, b: { c: 2, d: undefined } })).toBe(contentHash({ b: { c: 2 }, a: 1 }));
  });

  it('does depend on the order of lists and on every value', () => {
    const hashes = [[1, 2], [2, 1], ['1', 2], [1, 2, null], { 0: 1, 1: 2 }].map(contentHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
