import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Quota } from './port.ts';

/** What every quota does. */
export function quotaContract(open: () => Quota): void {
  const limits = { perMinute: 60, burst: 5 };
  let quota: Quota;
  let key: string;
  beforeEach(() => {
    quota = open();
    key = randomUUID();
  });
  afterEach(() => quota.close());

  describe('a bucket', () => {
    it('is full at first, gives what it has and no more', async () => {
      expect(await quota.take(key, 3, limits)).toMatchObject({ granted: 3, remaining: 2, nextMs: 0 });
      expect(await quota.take(key, 3, limits)).toMatchObject({ granted: 2, remaining: 0 });
      const empty = await quota.take(key, 1, limits);
      expect(empty).toMatchObject({ granted: 0, remaining: 0 });
      expect(empty.nextMs).toBeGreaterThan(0);
      expect(empty.nextMs).toBeLessThanOrEqual(1_000);
      expect(empty.fullMs).toBeGreaterThan(4_000);
      expect(empty.fullMs).toBeLessThanOrEqual(5_000);
    });

    it('fills with time', async () => {
      const quick = { perMinute: 60_000, burst: 2 };
      await quota.take(key, 2, quick);
      await vi.waitFor(async () => {
        expect((await quota.take(key, 1, quick)).granted).toBe(1);
      });
    });

    it('is nobody else’s', async () => {
      await quota.take(key, 5, limits);
      expect(await quota.take(randomUUID(), 5, limits)).toMatchObject({ granted: 5 });
    });

    it('gives each token once, however many take at the same time', async () => {
      const grants = await Promise.all(Array.from({ length: 20 }, () => quota.take(key, 1, limits)));
      expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBe(5);
    });

    it('follows limits that change', async () => {
      await quota.take(key, 1, { perMinute: 60, burst: 100 });
      expect(await quota.take(key, 50, limits)).toMatchObject({ granted: 5, remaining: 0 });
    });
  });

  it('counts the instances that are there', async () => {
    const before = await quota.present('one');
    expect(before).toBeGreaterThanOrEqual(1);
    expect(await quota.present(randomUUID())).toBe(before + 1);
    expect(await quota.present('one')).toBe(before + 1);
  });
}
