import { describe, expect, it } from 'vitest';
import { randomFrom } from '../plans/generate.ts';
import { compareSlowest, type Turn } from './compare.ts';

const CHANGES = 40;

/** Turns of a machine that is `pace` times as slow in one as in another, with a long tail as real ones have. `slower`: beside the other thing. */
function turnsOf(count: number, slower: number, random: () => number): Turn[] {
  const times = (pace: number): number[] => Array.from({ length: CHANGES }, () => (pace * 60) / (0.05 + random()));
  return Array.from({ length: count }, () => {
    const pace = 1 + random();
    return { without: times(pace), beside: times(pace * slower) };
  });
}

describe('the slowest hundredth beside something', () => {
  it('is hardly ever certain to be a tenth slower where it is not, and always where it is three times as slow', () => {
    const random = randomFrom(7);
    const found = (slower: number): number =>
      Array.from({ length: 10 }, () => compareSlowest(turnsOf(10, slower, random), random)).filter(
        ({ low }) => low > 1.1,
      ).length;
    expect(found(1)).toBeLessThanOrEqual(1);
    expect(found(3)).toBe(10);
  });

  it('tells what was found and how certain it is, the same for the same numbers', () => {
    const turns = turnsOf(10, 1.5, randomFrom(3));
    const found = compareSlowest(turns, randomFrom(1));
    expect(found.ratio).toBeGreaterThan(found.low);
    expect(found.ratio).toBeLessThan(found.high);
    expect(compareSlowest(turns, randomFrom(1))).toEqual(found);
  });

  it('is certain where nothing differs, and unknown where nothing was measured', () => {
    const same: Turn = { without: [10, 10], beside: [10, 10] };
    expect(compareSlowest([same, same], randomFrom(1))).toEqual({ ratio: 1, low: 1, high: 1 });
    expect(compareSlowest([], randomFrom(1)).low).toBeNaN();
  });
});
