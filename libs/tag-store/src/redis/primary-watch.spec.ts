import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrimaryWatch } from './primary-watch.ts';

function watched() {
  const watch = new PrimaryWatch();
  const heard: (number | string)[] = [];
  watch.join({ demoted: (reason) => heard.push(reason), reigns: (epoch) => heard.push(epoch) });
  return { watch, heard };
}

describe('who reigns', () => {
  it('is nobody in particular while no epoch was ever written', () => {
    const { watch, heard } = watched();
    expect(watch.meet(0)).toBe(true);
    expect([watch.epoch, heard]).toEqual([0, []]);
  });

  it('is the primary of the highest epoch, and the others hear of it once', () => {
    const { watch, heard } = watched();
    expect([watch.meet(2), watch.meet(2), watch.meet(3)]).toEqual([true, true, true]);
    expect(heard).toEqual([2, 3]);
  });

  it('is never a primary of an earlier epoch, nor one that has lost everything', () => {
    const { watch } = watched();
    watch.meet(5);
    expect([watch.meet(4), watch.meet(0), watch.meet(5)]).toEqual([false, false, true]);
  });

  it('is told to all when one hears that its server was demoted', () => {
    const { watch, heard } = watched();
    watch.demoted('READONLY');
    expect(heard).toEqual(['READONLY']);
  });

  it('never goes back, in whatever order primaries are met', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 })), (epochs) => {
        const { watch } = watched();
        let before = 0;
        for (const epoch of epochs) {
          expect(watch.meet(epoch)).toBe(epoch >= before);
          expect(watch.epoch).toBeGreaterThanOrEqual(before);
          before = watch.epoch;
        }
      }),
    );
  });
});
