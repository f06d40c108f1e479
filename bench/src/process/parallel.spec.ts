import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from './parallel.ts';

describe('work in parallel', () => {
  it('is done once for every item, never more at a time than allowed', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await inParallel(
      Array.from({ length: 50 }, (_, index) => index),
      4,
      async (item, index) => {
        running += 1;
        most = Math.max(most, running);
        await turn();
        expect(index).toBe(item);
        done.push(item);
        running -= 1;
      },
    );
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(most).toBe(4);
  });

  it('fails when one piece fails, after the others have ended', async () => {
    let ended = 0;
    const work = async (item: number): Promise<void> => {
      await turn();
      if (item === 1) throw new Error('broken');
      ended += 1;
    };
    await expect(inParallel([0, 1, 2, 3], 4, work)).rejects.toThrow('broken');
    expect(ended).toBe(3);
  });

  it('of nothing is done at once', async () => {
    await inParallel([], 4, () => Promise.reject(new Error('never called')));
  });
});
