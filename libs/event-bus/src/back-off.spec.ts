import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backOffMs } from './back-off.ts';

it('doubles up to its maximum, less at most a half', () => {
  const bounds = { initialMs: 100, maxMs: 1000 };
  expect([1, 2, 3, 4, 5, 9].map((retry) => backOffMs(bounds, retry, () => 1))).toEqual([
    100, 200, 400, 800, 1000, 1000,
  ]);
  expect(backOffMs(bounds, 3, () => 0)).toBe(200);
});

it('stays within its bounds for every retry', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (retry) => {
      const pause = backOffMs({ initialMs: 200, maxMs: 10_000 }, retry);
      expect(pause).toBeGreaterThanOrEqual(100);
      expect(pause).toBeLessThanOrEqual(10_000);
    }),
  );
});
