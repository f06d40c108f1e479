import { memoryQuota } from '@tagservice/tag-store';
import type { MemoryQuota, Quota } from '@tagservice/tag-store';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { TenantLimits } from './tenant-limits.ts';

let nowMs: number;
let quota: MemoryQuota;
let takes: number;
beforeEach(() => {
  nowMs = 0;
  takes = 0;
  quota = memoryQuota({ now: () => nowMs });
});

const counted = (): Quota => ({
  ...quota,
  take: (...asked) => {
    takes += 1;
    return quota.take(...asked);
  },
});

const limitsOf = (limits: { perMinute: number; burst: number }, instance = 'one') =>
  new TenantLimits({ quota: counted(), limits, instance, now: () => nowMs });

async function allowed(limits: TenantLimits, count: number, tenant = 'garden'): Promise<number> {
  let sum = 0;
  for (let request = 0; request < count; request += 1) if ((await limits.take(tenant)).allowed) sum += 1;
  return sum;
}

describe('the requests of a tenant', () => {
  it('are as many as its quota, and then one for every token that flows in', async () => {
    const limits = limitsOf({ perMinute: 60, burst: 10 });
    expect(await allowed(limits, 30)).toBe(10);
    expect(await limits.take('garden')).toMatchObject({ allowed: false, remaining: 0, nextMs: 1_000 });
    nowMs = 1_000;
    expect(await allowed(limits, 5)).toBe(1);
  });

  it('do not count against another tenant', async () => {
    const limits = limitsOf({ perMinute: 60, burst: 10 });
    await allowed(limits, 30);
    expect(await allowed(limits, 30, 'kitchen')).toBe(10);
  });

  it('are counted over all instances', async () => {
    const one = limitsOf({ perMinute: 60, burst: 10 }, 'one');
    const two = limitsOf({ perMinute: 60, burst: 10 }, 'two');
    expect((await allowed(one, 6)) + (await allowed(two, 20))).toBe(10);
  });

  it('cost few questions where they are many, and none once they are refused', async () => {
    const limits = limitsOf({ perMinute: 60_000, burst: 1_000 });
    await allowed(limits, 1_000);
    expect(takes).toBeLessThan(50);
    await allowed(limits, 100);
    const before = takes;
    await allowed(limits, 100);
    expect(takes).toBe(before);
  });

  it('cost hardly any questions at ten thousand a second', async () => {
    const limits = limitsOf({ perMinute: 6_000_000, burst: 100_000 });
    expect(await allowed(limits, 10_000)).toBe(10_000);
    expect(takes).toBeLessThan(40);
  });

  it('that are few take no tokens for later from the other instances', async () => {
    const limits = limitsOf({ perMinute: 60, burst: 10 });
    nowMs = 60_000;
    await limits.take('garden');
    nowMs += 500;
    await limits.take('garden');
    expect(await allowed(limitsOf({ perMinute: 60, burst: 10 }, 'two'), 20)).toBe(8);
  });

  it('at the same time ask once together', async () => {
    const limits = limitsOf({ perMinute: 60, burst: 2 });
    const answers = await Promise.all(Array.from({ length: 10 }, async () => limits.take('garden')));
    expect(answers.filter((answer) => answer.allowed)).toHaveLength(2);
    expect(takes).toBeLessThanOrEqual(4);
  });

  it.each([2, 17, 300])('that are %i at the same time are not refused while the quota has room', async (count) => {
    const limits = limitsOf({ perMinute: 60_000, burst: 1_000 });
    const answers = await Promise.all(Array.from({ length: count }, async () => limits.take('garden')));
    expect(answers.filter((answer) => answer.allowed)).toHaveLength(count);
    expect(takes).toBeLessThanOrEqual(3);
  });

  it('are told how much is left', async () => {
    const limits = limitsOf({ perMinute: 60, burst: 10 });
    expect(await limits.take('garden')).toMatchObject({ allowed: true, remaining: 9, nextMs: 0, fullMs: 1_000 });
    expect(await limits.take('garden')).toMatchObject({ allowed: true, remaining: 8 });
  });
});

describe('while Redis is away', () => {
  it('each instance gives its part of the limit, and no more', async () => {
    for (const instance of ['one', 'two', 'three', 'four', 'five']) await quota.present(instance);
    const limits = limitsOf({ perMinute: 600, burst: 50 }, 'one');
    await limits.take('kitchen');
    quota.setAvailable(false);
    expect(await allowed(limits, 100)).toBe(10);
    nowMs += 1_500;
    expect(await allowed(limits, 100)).toBe(3);
  });

  it('it is asked once a second, and counts again as soon as it is back', async () => {
    const limits = limitsOf({ perMinute: 600, burst: 50 });
    quota.setAvailable(false);
    await allowed(limits, 20);
    expect(takes).toBe(1);
    quota.setAvailable(true);
    nowMs += 1_000;
    await allowed(limits, 60);
    expect(takes).toBeGreaterThan(1);
    expect(await allowed(limitsOf({ perMinute: 600, burst: 50 }, 'two'), 10)).toBe(0);
  });

  it('nobody waits for more than the failure', async () => {
    const limits = limitsOf({ perMinute: 1, burst: 1 });
    quota.setAvailable(false);
    expect(await limits.take('garden')).toMatchObject({ allowed: true });
    expect(await limits.take('garden')).toMatchObject({ allowed: false });
  });
});

it('never are more requests let in than the burst and what flowed in, over all instances and times', async () => {
  const steps = fc.array(fc.record({ instance: fc.nat(2), after: fc.nat(3_000) }), { maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 40 }),
      steps,
      async (perMinute, burst, asked) => {
        nowMs = 0;
        quota = memoryQuota({ now: () => nowMs });
        const instances = ['one', 'two', 'three'].map((name) => limitsOf({ perMinute, burst }, name));
        let sum = 0;
        for (const { instance, after } of asked) {
          nowMs += after;
          if ((await instances[instance]?.take('garden'))?.allowed === true) sum += 1;
          expect(sum).toBeLessThanOrEqual(burst + (nowMs * perMinute) / 60_000 + 1e-6);
        }
      },
    ),
    { numRuns: 60 },
  );
});
