import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from './version.ts';

describe('the order of resourceVersions', () => {
  it('is that of integers, however long', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.bigInt({ min: 0n, max: 2n ** 80n }), (one, other) => {
        const expected = one < other ? -1 : one > other ? 1 : 0;
        expect(Math.sign(compareVersions(one.toString(), other.toString()))).toBe(expected);
      }),
    );
  });

  it('never holds back a version that is no integer', () => {
    expect(compareVersions('abc', '5')).toBeGreaterThan(0);
    expect(compareVersions('5', 'abc')).toBeGreaterThan(0);
    expect(compareVersions('', '5')).toBeGreaterThan(0);
    expect(compareVersions('abc', 'abc')).toBe(0);
  });
});
