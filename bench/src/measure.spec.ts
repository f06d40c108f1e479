import { describe, expect, it } from 'vitest';
import { asJson, asLine, isMet, type Measure } from './measure.ts';

const measure: Measure = {
  name: 'tagging.throughput',
  value: 12.5,
  unit: 'MB/s',
  reference: 10,
  referenceName: 'plain parser',
  goal: { min: 1 },
};

describe('a measure', () => {
  it('is one line: name, value, unit, reference, ratio, goal, met', () => {
    expect(asLine(measure)).toBe('tagging.throughput 12.5 MB/s 10 1.25 >=1 yes');
  });

  it('has the same figures as JSON', () => {
    expect(JSON.parse(asJson(measure))).toEqual({
      name: 'tagging.throughput',
      value: 12.5,
      unit: 'MB/s',
      reference: 10,
      referenceName: 'plain parser',
      ratio: 1.25,
      goal: '>=1',
      met: true,
    });
  });

  it('meets an upper goal from below only', () => {
    expect(isMet({ ...measure, goal: { max: 1.2 } })).toBe(false);
    expect(isMet({ ...measure, goal: { max: 1.25 } })).toBe(true);
  });

  it('is never met without a reference', () => {
    expect(isMet({ ...measure, reference: Number.NaN })).toBe(false);
  });

  it('may have a goal of its own, whatever the reference does', () => {
    const connections: Measure = { name: 'client.connections', value: 4, unit: 'connections', reference: 1000 };
    expect(isMet({ ...connections, goal: { atMost: 4 } })).toBe(true);
    expect(isMet({ ...connections, goal: { atMost: 3 } })).toBe(false);
    expect(isMet({ ...connections, goal: { atLeast: 5 } })).toBe(false);
    expect(isMet({ ...connections, value: Number.NaN, goal: { atMost: 4 } })).toBe(false);
    expect(asLine({ ...connections, goal: { atMost: 4 } })).toBe(
      'client.connections 4 connections 1000 0.004 value<=4 yes',
    );
  });

  it('may be for information, without goal and without reference', () => {
    const resting: Measure = { name: 'operator.rss', value: 98.76543, unit: 'MiB' };
    expect(isMet(resting)).toBe(true);
    expect(asLine(resting)).toBe('operator.rss 98.77 MiB - - - -');
    expect(JSON.parse(asJson(resting))).toEqual({ name: 'operator.rss', value: 98.77, unit: 'MiB' });
  });
});
