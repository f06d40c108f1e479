import { SeededRandom } from '@tagservice/testbed';
import { describe, expect, it } from 'vitest';
import { arrivals } from './arrivals.ts';
import { Hands } from './slow-store.ts';

function randomOf(seed: number): () => number {
  const seeded = new SeededRandom(seed);
  return () => seeded.next();
}

const options = { rate: 1_000, critical: 200, bulk: 0.25, durationMs: 20_000, random: randomOf(1) };

describe('arrivals', () => {
  const found = arrivals(options);

  it('are as many as the rate says, at random times in order', () => {
    expect(found.length / 20).toBeGreaterThan(950);
    expect(found.length / 20).toBeLessThan(1_050);
    expect(found.every(({ atMs }, index) => atMs >= (found[index - 1]?.atMs ?? 0) && atMs < 20_000)).toBe(true);
    const perSecond = Array.from({ length: 20 }, (_, second) =>
      found.filter(({ atMs }) => Math.floor(atMs / 1000) === second),
    );
    expect(new Set(perSecond.map(({ length }) => length)).size).toBeGreaterThan(5);
  });

  it('are of the classes as declared', () => {
    const share = (by: string) => found.filter((one) => one.by === by).length / found.length;
    expect(share('critical')).toBeCloseTo(0.2, 1);
    expect(share('bulk')).toBeCloseTo(0.2, 1);
    expect(share('normal')).toBeCloseTo(0.6, 1);
  });

  it('are the same for the same seed', () => {
    const again = () => arrivals({ ...options, durationMs: 100, random: randomOf(7) });
    expect(again()).toEqual(again());
  });
});

describe('a server with so many hands', () => {
  it('works on as many at the same time, and keeps the others waiting in order', async () => {
    const hands = new Hands({ hands: 2, serviceMs: 5 });
    const done: number[] = [];
    await Promise.all([0, 1, 2, 3, 4].map((one) => hands.work().then(() => done.push(one))));
    expect(done).toEqual([0, 1, 2, 3, 4]);
  });
});
