import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedCluster } from '../../test/simulated-cluster.ts';
import { beside, computeLimit, nextReserve, scalerMaximum } from './capacity.ts';
import { viewOf } from './world.ts';

const number = fc.integer({ min: 1, max: 1_000 });

describe('the bounds of the workers', () => {
  it('never exceed the partitions, stay in order and never reach zero', () => {
    fc.assert(
      fc.property(number, number, number, (first, second, partitions) => {
        const [min, max] = [Math.min(first, second), Math.max(first, second)];
        const cluster = new SimulatedCluster({
          target: 'one',
          api: { min: 1, max: 1 },
          compute: { min, max },
          partitions,
        });
        const bounds = computeLimit(cluster.world());
        expect(bounds.max).toBe(Math.min(max, partitions));
        expect(bounds.min).toBeLessThanOrEqual(bounds.max);
        expect(bounds.min).toBeGreaterThanOrEqual(1);
        expect(scalerMaximum(viewOf(cluster.world()))).toBe(bounds.max);
      }),
    );
  });
});

describe('partitions set aside for new workers', () => {
  it('grow by a quarter of what is wanted, and get there', () => {
    fc.assert(
      fc.property(number, (wanted) => {
        let [reserve, rounds] = [1, 0];
        for (; reserve < wanted; rounds++) reserve = nextReserve(reserve, wanted);
        expect(reserve).toBe(wanted);
        expect(rounds).toBeLessThanOrEqual(8);
      }),
    );
  });

  it('never leave the stable revision without a worker', () => {
    fc.assert(
      fc.property(number, number, (partitions, reserve) => {
        expect(beside(partitions, reserve)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
