import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DURATION_PATTERN, formatDuration, InvalidDurationError, parseDuration } from './duration.ts';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '5', 's', '-5s', '5 s', '1d12h', '5sec', '1e3s', '5S', '.5s'])(
    'refuses %j and says what to write',
    (text) => {
      expect(() => parseDuration(text)).toThrow(InvalidDurationError);
      expect(() => parseDuration(text)).toThrow(/500ms, 5s, 24h or 7d/);
    },
  );

  it('reads back every duration that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999 * 86_400 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });

  it('adds the parts of a compound duration', () => {
    const part = fc.record({ amount: fc.integer({ min: 0, max: 9_999 }), unit: fc.constantFrom('ms', 's', 'm', 'h') });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const whole = parts.map(({ amount, unit }) => `${amount}${unit}`).join('');
        const sum = parts.reduce((total, { amount, unit }) => total + parseDuration(`${amount}${unit}`), 0);
        expect(parseDuration(whole)).toBe(sum);
      }),
    );
  });

  it('accepts exactly what the pattern in the CRD accepts', () => {
    const pattern = new RegExp(DURATION_PATTERN);
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.]{0,4}[a-z]{0,3}[0-9]{0,2}[smhd]?$/), (text) => {
        const parsed = (() => {
          try {
            return Number.isFinite(parseDuration(text));
          } catch {
            return false;
          }
        })();
        expect(parsed).toBe(pattern.test(text));
      }),
    );
  });
});
