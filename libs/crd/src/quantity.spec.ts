import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, InvalidQuantityError, parseQuantity } from './quantity.ts';

describe('quantities', () => {
  it.each([
    ['100m', 0.1],
    [2, 2],
    ['1.5', 1.5],
    ['2Mi', 2_097_152],
    ['8Gi', 8 * 2 ** 30],
    ['1k', 1_000],
    ['3G', 3e9],
  ])('reads %s as %d', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 9);
  });

  it.each(['', '2MB', '-1', '1 Gi', 'Gi', '1e3', '2mi'])('refuses %j and says what to write', (text) => {
    expect(() => parseQuantity(text)).toThrow(InvalidQuantityError);
    expect(() => parseQuantity(text)).toThrow(/512Mi or 8Gi/);
  });

  it('reads back every size that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
        expect(parseQuantity(formatBytes(bytes))).toBe(bytes);
      }),
    );
  });

  it('keeps the order of amounts under one suffix', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi');
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), suffix, (left, right, unit) => {
        expect(Math.sign(parseQuantity(`${left}${unit}`) - parseQuantity(`${right}${unit}`))).toBe(
          Math.sign(left - right),
        );
      }),
    );
  });
});
