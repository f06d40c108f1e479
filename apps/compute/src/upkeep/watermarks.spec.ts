import { createRegistry } from '@tagservice/service-kit';
import { StoreUnavailable } from '@tagservice/tag-store';
import { describe, expect, it } from 'vitest';
import { computeMetrics } from '../compute-metrics.ts';
import { startsOf } from './watermarks.ts';

const registry = () => createRegistry({});
const given = (partition: number, committed: string | undefined) => ({ topic: 'requests', partition, committed });
const starts = (known: [number, string][], metrics = computeMetrics(registry())) =>
  startsOf({ store: { readWatermarks: () => Promise.resolve(new Map(known)) }, metrics });

describe('from where a partition is read', () => {
  it('is where its results end, when more was committed', async () => {
    const places = await starts([[0, '7']])([given(0, '12')]);
    expect(places).toEqual([{ topic: 'requests', partition: 0, offset: '7' }]);
  });

  it('is its beginning, when it was committed and the store knows nothing of it', async () => {
    expect(await starts([[1, '7']])([given(0, '12')])).toEqual([{ topic: 'requests', partition: 0, offset: '0' }]);
  });

  it('is what is committed in all other cases', async () => {
    const places = await starts([
      [0, '7'],
      [1, '9'],
      [2, '4'],
    ])([given(0, '7'), given(1, '3'), given(2, undefined), given(3, '0')]);
    expect(places).toEqual([]);
  });

  it('is right for offsets beyond the numbers that are exact', async () => {
    const places = await starts([[0, '9007199254740992']])([given(0, '9007199254740993')]);
    expect(places).toMatchObject([{ offset: '9007199254740992' }]);
  });

  it('counts the messages that are read again', async () => {
    const counted = registry();
    await starts([[0, '7']], computeMetrics(counted))([given(0, '12'), given(1, '3'), given(2, undefined)]);
    expect(await counted.metrics()).toContain('tagservice_compute_reread_messages_total 8');
  });

  it('is not guessed while the store is away', async () => {
    const store = { readWatermarks: () => Promise.reject(new StoreUnavailable('redis:6379', 'gone')) };
    const asked = startsOf({ store, metrics: computeMetrics(registry()) })([given(0, '12')]);
    await expect(asked).rejects.toBeInstanceOf(StoreUnavailable);
  });
});
