import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchLoopDelay } from './loop-delay.ts';
import { RetryBudget } from './retry-budget.ts';
import { Throttle } from './throttle.ts';

describe('a brown-out', () => {
  it('lets the declared part through, evenly', () => {
    const throttle = new Throttle(25);
    expect(Array.from({ length: 8 }, () => throttle.passes())).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      true,
    ]);
  });

  it('of any percentage is exact over any stretch, to one request', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 500 }), (percent, count) => {
        const throttle = new Throttle(percent);
        const passed = Array.from({ length: count }, () => throttle.passes()).filter(Boolean).length;
        expect(Math.abs(passed - (count * percent) / 100)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the budget of repeats', () => {
  it('is a tenth of the first tries, after what a quiet caller has saved up', () => {
    const budget = new RetryBudget();
    const passing = (count: number) => Array.from({ length: count }, () => budget.passes()).filter(Boolean).length;
    expect(passing(100)).toBe(20);
    for (let tries = 0; tries < 105; tries += 1) budget.firstTry();
    expect(passing(100)).toBe(10);
    for (let tries = 0; tries < 10_000; tries += 1) budget.firstTry();
    expect(passing(100)).toBe(20);
  });
});

describe('the delay of the event loop', () => {
  it('is seen, and forgotten once it is told', async () => {
    const loop = watchLoopDelay();
    try {
      let late = 0;
      await expect
        .poll(() => {
          const until = performance.now() + 60;
          while (performance.now() < until);
          late = Math.max(late, loop.meanMs());
          return late;
        })
        .toBeGreaterThan(5);
      loop.meanMs();
      expect(loop.meanMs()).toBe(0);
    } finally {
      loop.close();
    }
  });
});
