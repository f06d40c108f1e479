import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GradientLimit } from './gradient-limit.ts';

const bounds = { least: 8, most: 256, first: 32 };

/** A server with so many hands, each of which takes `serviceMs` for a request: what comes beyond them waits. */
function latencyAt(load: number, { hands, serviceMs }: { hands: number; serviceMs: number }): number {
  return serviceMs * Math.max(1, load / hands);
}

/** Runs an overload against a server for so many stretches: the limit is always reached. */
function overload(limit: GradientLimit, server: { hands: number; serviceMs: number }, stretches = 200): void {
  for (let count = 0; count < stretches; count += 1) {
    const peak = limit.limit;
    limit.observe({ latencyMs: latencyAt(peak, server), peak, refused: true });
  }
}

describe('the limit', () => {
  it('keeps all hands of a server busy and lets hardly anybody queue', () => {
    for (const server of [
      { hands: 16, serviceMs: 20 },
      { hands: 50, serviceMs: 10 },
      { hands: 100, serviceMs: 40 },
    ]) {
      const limit = new GradientLimit(bounds);
      limit.observe({ latencyMs: server.serviceMs, peak: 4, refused: false });
      overload(limit, server);
      expect(limit.limit).toBeGreaterThanOrEqual(server.hands);
      expect(limit.limit).toBeLessThanOrEqual(2.2 * server.hands + 8);
    }
  });

  it('does not take an overload that lasts for how things are', () => {
    const server = { hands: 16, serviceMs: 20 };
    const limit = new GradientLimit(bounds);
    limit.observe({ latencyMs: 20, peak: 4, refused: false });
    overload(limit, server, 100);
    const early = limit.limit;
    for (let count = 0; count < 200; count += 1) {
      overload(limit, server, 101);
      expect(limit.limit).toBeLessThanOrEqual(early + 4);
    }
  });

  it('falls within half a second when the server becomes slow, and grows again when it is well', () => {
    const limit = new GradientLimit(bounds);
    limit.observe({ latencyMs: 10, peak: 4, refused: false });
    overload(limit, { hands: 100, serviceMs: 10 });
    const before = limit.limit;
    overload(limit, { hands: 20, serviceMs: 50 }, 5);
    expect(limit.limit).toBeLessThan(0.75 * before);
    overload(limit, { hands: 100, serviceMs: 10 }, 100);
    expect(limit.limit).toBeGreaterThan(0.8 * before);
  });

  it('gets used to a server that is slower for good', () => {
    const limit = new GradientLimit(bounds);
    limit.observe({ latencyMs: 10, peak: 4, refused: false });
    overload(limit, { hands: 60, serviceMs: 100 }, 2_000);
    expect(limit.limit).toBeGreaterThanOrEqual(40);
  });

  it('learns nothing from hours in which little happens', () => {
    const limit = new GradientLimit(bounds);
    for (let count = 0; count < 1_000; count += 1) limit.observe({ latencyMs: 6, peak: 3, refused: false });
    expect(limit.limit).toBe(32);
  });

  it('does not tell apart what is quick and what is quicker', () => {
    const limit = new GradientLimit(bounds);
    limit.observe({ latencyMs: 0.2, peak: 32, refused: false });
    const before = limit.limit;
    for (let count = 0; count < 20; count += 1)
      limit.observe({ latencyMs: count % 2 === 0 ? 0.2 : 4, peak: limit.limit, refused: false });
    expect(limit.limit).toBeGreaterThanOrEqual(before);
  });

  it('stays within its bounds, whatever is seen', () => {
    const observation = fc.record({
      latencyMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      peak: fc.nat(500),
      refused: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 200 }), fc.integer({ min: 1, max: 300 }), (seen, most) => {
        const limit = new GradientLimit({ ...bounds, most });
        for (const one of seen) {
          limit.observe(one);
          expect(limit.limit).toBeGreaterThanOrEqual(Math.min(8, most));
          expect(limit.limit).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});
