import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITY_CLASSES } from '../identity/caller.ts';
import type { PriorityClass } from '../identity/caller.ts';
import { ClassGate } from './class-gate.ts';

const shares = { critical: 60, normal: 30, bulk: 10 };

function fill(gate: ClassGate, priority: PriorityClass, limit: number): number {
  let entered = 0;
  while (gate.enter(priority, limit) && entered < 1_000) entered += 1;
  return entered;
}

describe('places', () => {
  it.each(PRIORITY_CLASSES)('are all for %s while nobody else comes', (priority) => {
    expect(fill(new ClassGate(shares), priority, 100)).toBe(100);
    expect(fill(new ClassGate(shares), priority, 1)).toBe(1);
  });

  it('are there for who is sure of them, however many bulk requests are in', () => {
    const gate = new ClassGate(shares);
    fill(gate, 'bulk', 100);
    expect(fill(gate, 'critical', 100)).toBeGreaterThanOrEqual(60);
    expect(fill(gate, 'normal', 100)).toBeGreaterThanOrEqual(30);
  });

  it('that bulk requests have beyond their share do not count against the others', () => {
    const gate = new ClassGate(shares);
    fill(gate, 'bulk', 100);
    expect(fill(gate, 'critical', 100)).toBe(90);
  });

  it('of who is sure of them are not taken by a higher class', () => {
    const gate = new ClassGate(shares);
    expect(fill(gate, 'normal', 100)).toBe(100);
    // Beside its 60 there is room for chance: three times the root of them.
    expect(fill(gate, 'critical', 100)).toBe(84);
    expect(gate.enter('critical', 100)).toBe(false);
    expect(fill(gate, 'bulk', 100)).toBe(10);
  });

  it('become free for all again', () => {
    const gate = new ClassGate(shares);
    fill(gate, 'critical', 10);
    expect(gate.enter('critical', 10)).toBe(false);
    gate.leave('critical');
    expect(gate.enter('bulk', 10)).toBe(true);
    expect(gate.total).toBe(10);
  });
});

describe('in whatever order requests come and go', () => {
  const step = fc.record({ priority: fc.constantFrom(...PRIORITY_CLASSES), leaves: fc.boolean() });
  const play = fc.record({
    limit: fc.integer({ min: 1, max: 60 }),
    steps: fc.array(step, { maxLength: 300 }),
  });

  /** Plays the steps and shows every entry with what was held before it. */
  function playing(
    { limit, steps }: { limit: number; steps: readonly { priority: PriorityClass; leaves: boolean }[] },
    look: (seen: {
      priority: PriorityClass;
      entered: boolean;
      held: Record<PriorityClass, number>;
      gate: ClassGate;
    }) => void,
  ): void {
    const gate = new ClassGate(shares);
    const held = { critical: 0, normal: 0, bulk: 0 };
    for (const { priority, leaves } of steps) {
      if (leaves && held[priority] > 0) {
        gate.leave(priority);
        held[priority] -= 1;
        continue;
      }
      const before = { ...held };
      const entered = gate.enter(priority, limit);
      if (entered) held[priority] += 1;
      look({ priority, entered, held: before, gate });
    }
  }

  it('nobody is refused while there is a free place, or while the class has less than its share', () => {
    fc.assert(
      fc.property(play, (one) => {
        playing(one, ({ priority, entered, held }) => {
          const total = held.critical + held.normal + held.bulk;
          if (total < one.limit) expect(entered).toBe(true);
          if (held[priority] < (one.limit * shares[priority]) / 100) expect(entered).toBe(true);
        });
      }),
    );
  });

  it('no class gets in beyond its share where one above it would be refused', () => {
    fc.assert(
      fc.property(play, (one) => {
        playing(one, ({ priority, entered, held, gate }) => {
          if (!entered || held[priority] < (one.limit * shares[priority]) / 100) return;
          gate.leave(priority);
          for (const above of PRIORITY_CLASSES.slice(0, PRIORITY_CLASSES.indexOf(priority))) {
            expect(gate.enter(above, one.limit)).toBe(true);
            gate.leave(above);
          }
          expect(gate.enter(priority, one.limit)).toBe(true);
        });
      }),
    );
  });

  it('never more than two and a half times the limit is in, and what is in is counted', () => {
    fc.assert(
      fc.property(play, (one) => {
        playing(one, ({ gate, held, entered }) => {
          const total = held.critical + held.normal + held.bulk + (entered ? 1 : 0);
          expect(gate.total).toBe(total);
          expect(total).toBeLessThanOrEqual(2.5 * one.limit + 3 * Math.sqrt(one.limit) + 3);
        });
      }),
    );
  });
});
