import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Reachability } from './reachability.ts';

let told: boolean[];
let reachability: Reachability;

beforeEach(() => {
  told = [];
  reachability = new Reachability((silent) => told.push(silent));
});

const happenings = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 700 }),
    what: fc.constantFrom('answered', 'broke', 'timedOut'),
  }),
  { maxLength: 200 },
);

describe('whether the server answers', () => {
  it('is told once when answers come again, and whether there had been silence', () => {
    reachability.answered(0);
    reachability.broke();
    reachability.answered(10);
    reachability.answered(20);
    expect(told).toEqual([false]);
    reachability.broke();
    expect(reachability.timedOut(5_000)).toBe(true);
    reachability.broke();
    reachability.answered(6_000);
    expect(told).toEqual([false, true]);
  });

  it('is no question while others are answered: then one request is slow', () => {
    reachability.answered(100);
    expect(reachability.timedOut(50)).toBe(false);
    reachability.answered(200);
    expect(told).toEqual([]);
  });

  it('is told every two seconds at most, or what breaks again and again would never be waited for', () => {
    fc.assert(
      fc.property(happenings, (steps) => {
        const at: number[] = [];
        let now = 0;
        const one = new Reachability(() => at.push(now));
        for (const { after, what } of steps) {
          now += after;
          if (what === 'answered') one.answered(now);
          else if (what === 'broke') one.broke();
          else one.timedOut(now - 30);
        }
        for (const [index, time] of at.entries())
          expect(time - (at[index - 1] ?? -2_000)).toBeGreaterThanOrEqual(2_000);
      }),
    );
  });

  it('is told in the end, whatever happened before: what waits for it is not forgotten', () => {
    fc.assert(
      fc.property(happenings, (steps) => {
        let now = 0;
        let count = 0;
        const one = new Reachability(() => (count += 1));
        for (const { after, what } of steps) {
          now += after;
          if (what === 'answered') one.answered(now);
          else one.broke();
        }
        one.broke();
        const before = count;
        one.answered(now + 2_000);
        expect(count).toBe(before + 1);
      }),
    );
  });
});
