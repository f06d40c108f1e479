import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inParallel } from './api.ts';
import { freshPages, pagesFrom } from './pages.ts';
import { median, quantile } from './statistics.ts';

describe('the middle of measurements', () => {
  it('is the value in the middle, whatever the order', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95)).toBe(10);
    expect(median([])).toBeNaN();
  });

  it('is one of the values, never more than half are below it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        expect(values).toContain(middle);
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('fresh pages', () => {
  it('are all different', () => {
    expect(new Set(freshPages(2000)).size).toBe(2000);
  });

  it('differ from those of a run at another time', () => {
    const first = new Set(pagesFrom(1000, 100));
    expect(pagesFrom(2000, 100).some((page) => first.has(page))).toBe(false);
  });

  it('are pages that the sample site has', () => {
    for (const page of freshPages(20))
      expect(page).toMatch(/^http:\/\/sample-site\.tags\.svc\/archive\/[1-9]\d{0,5}\/[a-z0-9-]+$/);
  });
});

describe('work in parallel', () => {
  it('does everything once and never more at a time than allowed', async () => {
    const done: number[] = [];
    let now = 0;
    let most = 0;
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now -= 1;
      done.push(item);
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });
});
