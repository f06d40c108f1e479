import { systemClock } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { ShiftedClock } from './shifted-clock.ts';

const hour = 3_600_000;

describe('a clock that can be set', () => {
  it('tells the time until it is set, and again when it is set right', () => {
    const clock = new ShiftedClock();
    const error = (): number => Math.round((clock.now() - systemClock.now()) / 1_000) * 1_000;
    expect([error(), clock.wasSet]).toEqual([0, false]);
    clock.set(-2 * hour);
    expect([error(), clock.wasSet]).toEqual([-2 * hour, true]);
    clock.set(0);
    expect([error(), clock.wasSet]).toEqual([0, true]);
  });

  it('knows how often it has misled somebody', () => {
    const clock = new ShiftedClock();
    clock.now();
    clock.set(hour);
    clock.now();
    clock.now();
    clock.set(0);
    clock.now();
    expect(clock.wrongAnswers).toBe(2);
  });

  it('leaves durations alone', () => {
    const clock = new ShiftedClock();
    const before = clock.monotonic();
    clock.set(hour);
    expect(clock.monotonic() - before).toBeLessThan(hour / 2);
  });
});
