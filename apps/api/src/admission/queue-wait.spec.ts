import { beforeEach, describe, expect, it } from 'vitest';
import { QueueWait } from './queue-wait.ts';
import type { QueueReading } from './queue-wait.ts';
import { queueReader } from './read-queue.ts';

let nowMs: number;
let reading: QueueReading | undefined | Error;
let looks: number;
let wait: QueueWait;
beforeEach(() => {
  nowMs = 0;
  looks = 0;
  reading = undefined;
  wait = new QueueWait({
    now: () => nowMs,
    read: () => {
      looks += 1;
      return reading instanceof Error ? Promise.reject(reading) : Promise.resolve(reading);
    },
  });
});

/** Looks at the queue as it is at that time. */
async function at(ms: number, seen: QueueReading | undefined | Error): Promise<number | undefined> {
  nowMs = ms;
  reading = seen;
  wait.estimateMs();
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  return wait.estimateMs();
}

describe('the time that a new job would wait', () => {
  it('is the lag by the rate at which it drains', async () => {
    await at(0, { lag: 1_000, done: 0 });
    expect(await at(1_000, { lag: 1_000, done: 100 })).toBeCloseTo(10_000);
    expect(await at(2_000, { lag: 500, done: 200 })).toBeCloseTo(5_000);
  });

  it('follows a rate that changes, without believing one look alone', async () => {
    await at(0, { lag: 1_000, done: 0 });
    await at(1_000, { lag: 1_000, done: 100 });
    const after = (await at(2_000, { lag: 1_000, done: 500 })) ?? 0;
    expect(after).toBeLessThan(10_000);
    expect(after).toBeGreaterThan(2_500);
  });

  it('is nothing while the workers have all of it in their hands, however slow they are', async () => {
    await at(0, { lag: 16, done: 0 });
    expect(await at(10_000, { lag: 16, done: 1 })).toBe(0);
  });

  it('is not known before the second look, and not of a queue that nobody works on', async () => {
    expect(await at(0, { lag: 1_000, done: 5 })).toBeUndefined();
    expect(await at(1_000, { lag: 2_000, done: 5 })).toBeUndefined();
  });

  it('is not known while the queue cannot be seen for long', async () => {
    await at(0, { lag: 1_000, done: 0 });
    await at(1_000, { lag: 1_000, done: 100 });
    expect(await at(2_000, undefined)).toBeCloseTo(10_000);
    expect(await at(5_000, new TypeError('broken'))).toBeCloseTo(10_000);
    expect(await at(11_001, undefined)).toBeUndefined();
  });

  it('is looked at once a second at most, and only while somebody asks', async () => {
    for (let ms = 0; ms < 3_000; ms += 100) await at(ms, { lag: 0, done: 0 });
    expect(looks).toBe(3);
  });
});

describe('a look at the queue', () => {
  const of = { topic: 'requests', group: 'compute' };
  const ends = [
    {
      name: 'requests',
      id: 'x',
      partitions: [
        { start: 0n, end: 70n },
        { start: 0n, end: 30n },
      ],
    },
  ];

  it('tells what is not done and what is', async () => {
    const lag = () => Promise.resolve({ kind: 'known', total: 40, partitions: [] } as const);
    expect(await queueReader({ lag, ends: () => Promise.resolve(ends) }, of)()).toEqual({ lag: 40, done: 60 });
  });

  it('tells nothing where the lag is not known or the topic is not there', async () => {
    const unknown = () => Promise.resolve({ kind: 'unknown', reason: 'away' } as const);
    const known = () => Promise.resolve({ kind: 'known', total: 0, partitions: [] } as const);
    expect(await queueReader({ lag: unknown, ends: () => Promise.resolve(ends) }, of)()).toBeUndefined();
    expect(await queueReader({ lag: known, ends: () => Promise.resolve([]) }, of)()).toBeUndefined();
  });
});
