import { FakeClock } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { BackgroundWork } from './background-work.ts';

let clock: FakeClock;
let finished: string[];
let runs: { input: string; end: (output: string) => void }[];
let work: BackgroundWork<string, string>;

beforeEach(() => {
  clock = new FakeClock();
  finished = [];
  runs = [];
  work = new BackgroundWork({
    run: (input) => new Promise((end) => runs.push({ input, end })),
    freshForMs: (output) => (output === 'bad' ? 1_000 : 10_000),
    patienceMs: 500,
    clock,
    finished: (key) => finished.push(key),
  });
});

describe('work in the background', () => {
  it('gives a result that comes in time, without calling back', async () => {
    const asked = work.result('a', 'v1', 'input');
    runs[0]?.end('good');
    expect(await asked).toBe('good');
    expect(finished).toEqual([]);
  });

  it('lets the caller go on when it takes longer, and calls back at the end', async () => {
    const asked = work.result('a', 'v1', 'input');
    await clock.advance(500);
    expect(await asked).toBeUndefined();
    expect(work.busy('a')).toBe(true);
    runs[0]?.end('good');
    await clock.advance(0);
    expect(finished).toEqual(['a']);
    expect(await work.result('a', 'v1', 'input')).toBe('good');
    expect(runs).toHaveLength(1);
  });

  it('shares one run among all who ask', async () => {
    const asked = [work.result('a', 'v1', 'x'), work.result('a', 'v1', 'x'), work.result('a', 'v1', 'x')];
    runs[0]?.end('good');
    expect(await Promise.all(asked)).toEqual(['good', 'good', 'good']);
    expect(runs).toHaveLength(1);
  });

  it('runs anew when a result is old, a bad one sooner', async () => {
    const first = work.result('a', 'v1', 'x');
    runs[0]?.end('bad');
    await first;
    await clock.advance(999);
    expect(await work.result('a', 'v1', 'x')).toBe('bad');
    await clock.advance(1);
    const second = work.result('a', 'v1', 'x');
    expect(runs).toHaveLength(2);
    runs[1]?.end('good');
    expect(await second).toBe('good');
  });

  it('gives the last result while a new run takes long', async () => {
    const first = work.result('a', 'v1', 'x');
    runs[0]?.end('good');
    await first;
    await clock.advance(10_000);
    const second = work.result('a', 'v1', 'x');
    await clock.advance(500);
    expect(await second).toBe('good');
  });

  it('never gives out the result of another input', async () => {
    const first = work.result('a', 'v1', 'old');
    const second = work.result('a', 'v2', 'new');
    runs[0]?.end('of old');
    expect(await first).toBe('of old');
    expect(await second).toBeUndefined();
    await clock.advance(0);
    expect(finished).toEqual(['a']);
    const third = work.result('a', 'v2', 'new');
    expect(runs[1]?.input).toBe('new');
    runs[1]?.end('of new');
    expect(await third).toBe('of new');
  });

  it('does not mix up keys', async () => {
    const asked = [work.result('a', 'v1', 'x'), work.result('b', 'v1', 'y')];
    runs[1]?.end('of b');
    runs[0]?.end('of a');
    expect(await Promise.all(asked)).toEqual(['of a', 'of b']);
  });

  it('forgets', async () => {
    const first = work.result('a', 'v1', 'x');
    runs[0]?.end('good');
    await first;
    work.forget('a');
    void work.result('a', 'v1', 'x');
    expect(runs).toHaveLength(2);
  });
});
