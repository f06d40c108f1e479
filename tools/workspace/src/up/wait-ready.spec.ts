import { describe, expect, it } from 'vitest';
import { changedConditions, describeCondition, isReady, NotReadyInTime, type ObservedService } from './wait-ready.ts';

const service = (status: string, observedGeneration: number): ObservedService => ({
  metadata: { generation: 2 },
  status: { observedGeneration, conditions: [{ type: 'Ready', status }] },
});

describe('a TagService is ready', () => {
  it.each([
    ['it says so of its present generation', service('True', 2), true],
    ['not when it says so of an older generation', service('True', 1), false],
    ['not when it says that it is not', service('False', 2), false],
    ['not while it says nothing', { metadata: { generation: 1 } }, false],
  ])('when %s', (_when, observed, ready) => {
    expect(isReady(observed)).toBe(ready);
  });
});

describe('conditions on the way', () => {
  const redis = { type: 'RedisReady', status: 'False', reason: 'PodsNotReady', message: '0 of 3 pods' };

  it('are told when they are new or their reason changes', () => {
    expect(changedConditions([], [redis])).toEqual([redis]);
    const done = { ...redis, status: 'True', reason: 'RedisRunning' };
    expect(changedConditions([redis], [done])).toEqual([done]);
  });

  it('are not told again when only a number in the message has moved', () => {
    expect(changedConditions([redis], [{ ...redis, message: '1 of 3 pods' }])).toEqual([]);
  });

  it('are not told twice through the summary', () => {
    expect(changedConditions([], [{ type: 'Ready', status: 'False', reason: 'PodsNotReady' }])).toEqual([]);
  });

  it('read as a sentence', () => {
    expect(describeCondition(redis)).toBe('RedisReady False PodsNotReady: 0 of 3 pods');
    expect(describeCondition({ type: 'Ready', status: 'True', reason: 'AllPartsReady' })).toBe(
      'Ready True AllPartsReady',
    );
  });

  it('that are still open explain why time ran out', () => {
    const error = new NotReadyInTime('tags/demo', 300, [redis, { type: 'ApiReady', status: 'True' }]);
    expect(error.message).toContain('RedisReady False PodsNotReady: 0 of 3 pods');
    expect(error.message).not.toContain('ApiReady');
    expect(new NotReadyInTime('tags/demo', 300, []).message).toContain('logs of the operator');
  });
});
