import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slopePerHour } from './slope.ts';

const line = (perHour: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ atMs: index * 60_000, value: 100 + (perHour * index) / 60 }));

describe('the slope of values over time', () => {
  it('is that of a straight line', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.integer({ min: 2, max: 60 }),
        (perHour, count) => {
          expect(slopePerHour(line(perHour, count))).toBeCloseTo(perHour, 6);
        },
      ),
    );
  });

  it('is not moved by single values that stand out', () => {
    const samples = line(2, 40).map((sample, index) => (index % 10 === 3 ? { ...sample, value: 900 } : sample));
    expect(Math.abs(slopePerHour(samples) - 2)).toBeLessThan(1);
  });

  it('is not known of a single value', () => {
    expect(slopePerHour(line(1, 1))).toBeNaN();
  });
});
