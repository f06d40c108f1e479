import { describe, expect, it } from 'vitest';
import { processorTimes, stolenTime } from './processor-times.ts';

describe('the times of the processors', () => {
  it('are those of all of them together, with what the host took', () => {
    const text = 'cpu  100 1 20 300 4 5 6 70 50 2\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
    expect(processorTimes(() => text)).toEqual({ all: 5_060, stolen: 700 });
  });

  it('say of the host what it took since', () => {
    const texts = ['cpu  1 1 1 1 1 1 1 70 0 0\n', 'cpu  9 9 9 9 9 9 9 95 0 0\n'];
    const stolen = stolenTime(() => texts.shift() ?? '');
    expect(stolen()).toBe(250);
  });

  it.each(['', 'cpu  1 2 3 4\n', 'nonsense here'])('tell of nothing stolen where the kernel says %j', (text) => {
    expect(processorTimes(() => text).stolen).toBe(0);
  });
});
