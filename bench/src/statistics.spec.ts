import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, percentile } from './statistics.ts';

const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
const percent = fc.integer({ min: 1, max: 100 });

describe('median', () => {
  it('lies between the smallest and the largest value, whatever their order', () => {
    fc.assert(
      fc.property(values, (some) => {
        const middle = median(some);
        expect(middle).toBeGreaterThanOrEqual(Math.min(...some));
        expect(middle).toBeLessThanOrEqual(Math.max(...some));
        expect(median(some.toReversed())).toBe(middle);
      }),
    );
  });

  it('is the middle of the two middle values of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('percentile', () => {
  it('is the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([1, 50, 90, 99, 100].map((one) => percentile(hundred, one))).toEqual([1, 50, 90, 99, 100]);
  });

  it('is the largest of few values rather than one between them that nobody saw', () => {
    expect(percentile([3, 1, 2], 99)).toBe(3);
    expect(percentile([7], 50)).toBe(7);
  });

  it('is one of the values, and no fewer than that share of them lies at or below it', () => {
    fc.assert(
      fc.property(values, percent, (some, share) => {
        const found = percentile(some, share);
        expect(some).toContain(found);
        expect(some.filter((value) => value <= found).length / some.length).toBeGreaterThanOrEqual(share / 100);
      }),
    );
  });

  it('never falls when the share grows', () => {
    fc.assert(
      fc.property(values, percent, percent, (some, one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        expect(percentile(some, low)).toBeLessThanOrEqual(percentile(some, high));
      }),
    );
  });

  it('of nothing is not a number', () => {
    expect(percentile([], 99)).toBeNaN();
  });
});
