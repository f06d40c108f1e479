import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesEtag } from './conditional.ts';
import { readPreferences } from './prefer.ts';

describe('what a caller prefers', () => {
  it.each([
    [undefined, 5_000, undefined],
    ['', 5_000, undefined],
    ['respond-async', 0, 'respond-async'],
    ['wait=2', 2_000, 'wait=2'],
    ['wait="2"', 2_000, 'wait=2'],
    ['wait=0', 0, 'wait=0'],
    ['wait=900', 5_000, 'wait=900'],
    ['Respond-Async, Wait=3', 3_000, 'respond-async, wait=3'],
    ['respond-async; wait=3', 3_000, 'respond-async, wait=3'],
    ['return=minimal, wait=1', 1_000, 'wait=1'],
    ['wait=soon', 5_000, undefined],
    ['wait=-1', 5_000, undefined],
    ['handling=lenient', 5_000, undefined],
  ])('%j waits %i ms', (header, waitMs, applied) => {
    expect(readPreferences(header, 5_000)).toEqual({ waitMs, applied });
  });

  it('never waits longer than the limit, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(10_000), (header, limit) => {
        const { waitMs } = readPreferences(header, limit);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['*', true],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"b"', false],
    ['a', false],
  ])('%j matches "a": %s', (header, expected) => {
    expect(matchesEtag(header, '"a"')).toBe(expected);
  });
});
