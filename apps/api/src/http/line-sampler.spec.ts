import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSampler } from './line-sampler.ts';

/** Weights of events at these times. */
function weights(times: readonly number[], kind = 2): number[] {
  let now = 0;
  const sampler = new LineSampler(() => now);
  return times.map((time) => {
    now = time;
    return sampler.weigh(kind);
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe('lines about requests', () => {
  it('are all written while there are few', () => {
    expect(weights(Array.from({ length: 500 }, (_, index) => index * 25))).toEqual(Array(500).fill(1));
  });

  it('are samples once there are many, and each says for how many it stands', () => {
    const found = weights(Array.from({ length: 10_050 }, () => 0));
    expect(found.filter((weight) => weight > 0)).toEqual([...Array(50).fill(1), ...Array(100).fill(100)]);
    expect(sum(found)).toBe(10_050);
  });

  it('of one kind do not push out those of another', () => {
    const sampler = new LineSampler(() => 0);
    for (let n = 0; n < 1_000; n += 1) sampler.weigh(2);
    expect(sampler.weigh(5)).toBe(1);
  });

  it('are never more than a hundredth beyond fifty a second, and stand for no more than there were', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 5_000 }), (steps) => {
        let now = 0;
        const times = steps.map((step) => (now += step));
        const found = weights(times);
        const windows = Math.floor(now / 1_000) + 1;
        expect(found.filter((weight) => weight > 0).length).toBeLessThanOrEqual(windows * 50 + times.length / 100);
        expect(sum(found)).toBeLessThanOrEqual(times.length);
      }),
    );
  });
});
