import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asJson, asLine, isMet, median, type Measure } from './measure.ts';

const measure: Measure = {
  name: 'tagging.throughput',
  value: 12.5,
  unit: 'MB/s',
  reference: 10,
  referenceName: 'plain parser',
  goal: { min: 1 },
};

describe('a measure', () => {
  it('is one line: name, value, unit, reference, ratio, goal, met', () => {
    expect(asLine(measure)).toBe('tagging.throughput 12.5 MB/s 10 1.25 >=1 yes');
  });

  it('has the same figures as JSON', () => {
    expect(JSON.parse(asJson(measure))).toEqual({
      name: 'tagging.throughput',
      value: 12.5,
      unit: 'MB/s',
      reference: 10,
      referenceName: 'plain parser',
      ratio: 1.25,
      goal: '>=1',
      met: true,
    });
  });

  it('meets an upper goal from below only', () => {
    expect(isMet({ ...measure, goal: { max: 1.2 } })).toBe(false);
    expect(isMet({ ...measure, goal: { max: 1.25 } })).toBe(true);
  });

  it('is never met without a reference', () => {
    expect(isMet({ ...measure, reference: Number.NaN })).toBe(false);
  });
});

describe('median', () => {
  it('lies between the smallest and the largest value, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const middle = median(values);
        expect(middle).toBeGreaterThanOrEqual(Math.min(...values));
        expect(middle).toBeLessThanOrEqual(Math.max(...values));
        expect(median(values.toReversed())).toBe(middle);
      }),
    );
  });
});
