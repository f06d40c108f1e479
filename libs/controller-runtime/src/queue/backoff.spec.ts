import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

describe('back-off', () => {
  it('doubles from 5 ms and stops growing at 1,000 s', () => {
    const backoff = new Backoff({ jitter: 0 });
    expect([1, 2, 3, 10, 18, 19, 40].map((failures) => backoff.delay(failures))).toEqual([
      5, 10, 20, 2_560, 655_360, 1_000_000, 1_000_000,
    ]);
  });

  it('takes the first delay for the first failure, whatever the caller counts from', () => {
    expect(new Backoff({ jitter: 0 }).delay(0)).toBe(5);
  });

  it('stays within its bounds for any number of failures, jitter and randomness', () => {
    fc.assert(
      fc.property(
        fc.record({
          baseMs: fc.integer({ min: 1, max: 10_000 }),
          maxMs: fc.integer({ min: 10_000, max: 10_000_000 }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (options, failures, random) => {
          const delay = new Backoff({ ...options, random: () => random }).delay(failures);
          const full = Math.min(options.maxMs, options.baseMs * 2 ** (failures - 1));
          expect(delay).toBeLessThanOrEqual(full);
          expect(delay).toBeGreaterThanOrEqual(full * (1 - options.jitter) - 1e-9);
        },
      ),
    );
  });

  it('never shrinks from one failure to the next when there is no jitter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), (failures) => {
        const backoff = new Backoff({ jitter: 0 });
        expect(backoff.delay(failures + 1)).toBeGreaterThanOrEqual(backoff.delay(failures));
      }),
    );
  });

  it('spreads delays, so that keys that failed together do not come back together', () => {
    const backoff = new Backoff();
    const delays = new Set(Array.from({ length: 50 }, () => backoff.delay(10)));
    expect(delays.size).toBeGreaterThan(40);
  });
});
