import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentile } from '../plans/report.ts';
import { randomFrom } from '../plans/generate.ts';
import { quantileOf } from './quantile.ts';

/** Times with a long tail, as changes have. */
const timesOf = (count: number, random: () => number): number[] =>
  Array.from({ length: count }, () => 30 / (0.05 + random()));

function spreadOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) / mean;
}

describe('a quantile', () => {
  it('lies where it belongs', () => {
    const hundredths = Array.from({ length: 1_000 }, (_, index) => index / 10);
    expect(quantileOf(hundredths, 0.99)).toBeCloseTo(99, 0);
    expect(quantileOf(hundredths.toReversed(), 0.5)).toBeCloseTo(50, 0);
    expect(quantileOf([], 0.99)).toBeNaN();
    expect(quantileOf([7], 0.99)).toBe(7);
  });

  it('lies among the values, and grows with them in proportion', () => {
    const values = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.9, 0.99), (times, share) => {
        const found = quantileOf(times, share);
        expect(found).toBeGreaterThanOrEqual(Math.min(...times) * (1 - 1e-9));
        expect(found).toBeLessThanOrEqual(Math.max(...times) * (1 + 1e-9));
        const doubled = times.map((time) => 2 * time);
        expect(quantileOf(doubled, share) / found).toBeCloseTo(2, 9);
      }),
    );
  });

  it('is less a matter of chance than the value at its rank', () => {
    const random = randomFrom(5);
    const rounds = Array.from({ length: 300 }, () => timesOf(500, random));
    const ranked = spreadOf(rounds.map((times) => percentile(times, 0.99) ?? Number.NaN));
    expect(spreadOf(rounds.map((times) => quantileOf(times, 0.99)))).toBeLessThan(0.95 * ranked);
  });
});
