import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { TokenBucket } from './bucket.ts';
import { memoryQuota } from './memory-quota.ts';
import { quotaContract } from './quota.contract.ts';

describe('the quota in memory', () => {
  quotaContract(() => memoryQuota());

  it('fails while it is away', async () => {
    const quota = memoryQuota();
    quota.setAvailable(false);
    await expect(quota.take('a', 1, { perMinute: 1, burst: 1 })).rejects.toThrow(StoreUnavailable);
    await expect(quota.present('a')).rejects.toThrow(StoreUnavailable);
  });

  it('forgets an instance that says nothing for half a minute', async () => {
    let nowMs = 0;
    const quota = memoryQuota({ now: () => nowMs });
    await quota.present('one');
    expect(await quota.present('two')).toBe(2);
    nowMs = 30_000;
    expect(await quota.present('two')).toBe(1);
  });
});

describe('a token bucket', () => {
  const limits = fc.record({
    perMinute: fc.integer({ min: 1, max: 100_000 }),
    burst: fc.integer({ min: 1, max: 1_000 }),
  });
  const steps = fc.array(fc.record({ after: fc.nat(120_000), wanted: fc.integer({ min: 1, max: 50 }) }), {
    maxLength: 60,
  });

  it('never gives more than its burst and what flowed in, whatever is asked and when', () => {
    fc.assert(
      fc.property(limits, steps, (bounds, asked) => {
        const bucket = new TokenBucket(bounds, 0);
        let nowMs = 0;
        let given = 0;
        for (const { after, wanted } of asked) {
          nowMs += after;
          const { granted, remaining } = bucket.take(wanted, bounds, nowMs);
          given += granted;
          expect(granted).toBeLessThanOrEqual(wanted);
          expect(remaining).toBeGreaterThanOrEqual(0);
          expect(given).toBeLessThanOrEqual(bounds.burst + (nowMs * bounds.perMinute) / 60_000 + 1e-6);
        }
      }),
    );
  });

  it('has a token when it says that it will', () => {
    fc.assert(
      fc.property(limits, (bounds) => {
        const bucket = new TokenBucket(bounds, 0);
        const { nextMs } = bucket.take(bounds.burst, bounds, 0);
        expect(bucket.take(1, bounds, nextMs).granted).toBe(1);
        expect(bucket.take(1, bounds, nextMs).granted).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is not emptied by a clock that goes back', () => {
    const bucket = new TokenBucket({ perMinute: 60, burst: 2 }, 10_000);
    expect(bucket.take(1, { perMinute: 60, burst: 2 }, 0).granted).toBe(1);
    expect(bucket.take(1, { perMinute: 60, burst: 2 }, 0).granted).toBe(1);
  });
});
