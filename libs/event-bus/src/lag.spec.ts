import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lagsOf } from './lag.ts';

const lagOf = (start: bigint, end: bigint, committed?: bigint): number | undefined =>
  lagsOf({ partitions: [{ start, end }] }, new Map(committed === undefined ? [] : [[0, committed]]))[0]?.lag;

describe('the lag of a partition', () => {
  it.each([
    ['nothing committed: the whole log', 5n, 20n, undefined, 15],
    ['all committed', 5n, 20n, 20n, 0],
    ['a part committed', 5n, 20n, 12n, 8],
    ['committed messages that retention has removed since', 10n, 20n, 3n, 10],
    ['an offset of a former topic of this name: the group is sent back to the start', 0n, 20n, 5_000n, 20],
    ['an empty log', 7n, 7n, undefined, 0],
  ])('is right for %s', (...[, start, end, committed, lag]) => {
    expect(lagOf(start, end, committed)).toBe(lag);
  });

  it('is never negative and never more than the log holds', () => {
    const offset = fc.bigInt({ min: 0n, max: 1000n });
    fc.assert(
      fc.property(offset, offset, fc.option(offset, { nil: undefined }), (start, length, committed) => {
        const lag = lagOf(start, start + length, committed) ?? -1;
        expect(lag).toBeGreaterThanOrEqual(0);
        expect(lag).toBeLessThanOrEqual(Number(length));
      }),
    );
  });
});
