import { describe, expect, it } from 'vitest';
import { BenchFailure } from '../errors.ts';
import { countsIn, numberIn, numbersIn, parseLine } from './lines.ts';

describe('a line of a measured process', () => {
  const line = parseLine('{"event":"report","reconciles":7,"requests":{"GET":2,"PATCH":28},"times":[1,2.5]}');

  it('gives its numbers by name', () => {
    expect(numberIn(line, 'reconciles')).toBe(7);
    expect(countsIn(line, 'requests')).toEqual({ GET: 2, PATCH: 28 });
    expect(numbersIn(line, 'times')).toEqual([1, 2.5]);
  });

  it.each(['', 'panic: runtime error', '[1]', 'null', '3'])('is refused when it is no object: %j', (text) => {
    expect(() => parseLine(text)).toThrow(BenchFailure);
  });

  it('does not pass a missing or odd figure off as zero', () => {
    expect(() => numberIn(line, 'failures')).toThrow(/failures/);
    expect(() => numberIn(line, 'event')).toThrow(/event/);
    expect(() => countsIn(line, 'times')).toThrow(/times/);
    expect(() => countsIn(line, 'event')).toThrow(/event/);
    expect(() => countsIn({ requests: { GET: 'many' } }, 'requests')).toThrow(/requests/);
    expect(() => numbersIn(line, 'requests')).toThrow(/requests/);
    expect(() => numbersIn({ times: ['1'] }, 'times')).toThrow(/times/);
  });
});
