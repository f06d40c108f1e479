import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { undisturbed, watchHost, WINDOW_MS } from './machine.ts';

/** What Linux tells after so many ticks of work and so many that were stolen. */
const stat = (worked: number, stolen: number): string =>
  `cpu  ${String(worked)} 0 0 0 0 0 0 ${String(stolen)} 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n`;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a watch of the host', () => {
  it('tells the worst moment, also when it is long over', async () => {
    const [time, step] = [
      { worked: 100, stolen: 7 },
      { worked: 1_000, stolen: 0 },
    ];
    const host = watchHost(() => stat((time.worked += step.worked), (time.stolen += step.stolen)));
    await vi.advanceTimersByTimeAsync(WINDOW_MS);
    expect(host.worst()).toBe(0);
    step.stolen = 3_000;
    await vi.advanceTimersByTimeAsync(WINDOW_MS);
    step.stolen = 0;
    await vi.advanceTimersByTimeAsync(10 * WINDOW_MS);
    expect(host.worst()).toBe(0.75);
    host.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('makes nothing of a moment that is too short to tell', () => {
    const texts = [stat(100, 0), stat(150, 100)];
    const host = watchHost(() => texts.shift() ?? '');
    expect(host.worst()).toBe(0);
    host.stop();
  });

  it.each(['', 'cpu  1 2 3 4\n', 'nonsense'])('tells of nothing stolen where the kernel says %j', (text) => {
    const host = watchHost(() => text);
    expect(host.worst()).toBe(0);
    host.stop();
  });
});

describe('what the host may spoil', () => {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  beforeEach(() => {
    said.length = 0;
  });
  /** A host that takes these shares, one a watch, and nothing after that. */
  function hostOf(...shares: number[]) {
    return () => ({ worst: () => shares.shift() ?? 0, stop: () => undefined });
  }
  /** Answers these in turn. */
  function actsOf<T>(...results: (T | Error)[]) {
    return vi.fn(() => {
      const result = results.shift() as T | Error;
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    });
  }
  async function run<T>(
    act: () => Promise<T>,
    more: { watch: () => ReturnType<ReturnType<typeof hostOf>>; onlyFailures?: boolean; attempts?: number },
  ) {
    const [outcome] = await Promise.all([
      Promise.allSettled([undisturbed(act, { what: 'a round', say, ...more })]),
      vi.advanceTimersByTimeAsync(1_000_000),
    ]);
    return outcome[0];
  }

  it('is measured once where the host leaves it alone', async () => {
    const act = actsOf(1, 2);
    expect(await run(act, { watch: hostOf(0.1) })).toEqual({ status: 'fulfilled', value: 1 });
    expect(said).toEqual([]);
  });

  it('is measured again when the host is calm again, and that is said', async () => {
    const act = actsOf(1, 2, 3);
    expect(await run(act, { watch: hostOf(0.9, 0.8, 0.1, 0) })).toEqual({ status: 'fulfilled', value: 2 });
    expect(said).toEqual(['a round is repeated: the host took up to 90 % of the processors meanwhile']);
  });

  it('fails as it failed where the host is not to blame', async () => {
    const error = new Error('too slow');
    expect(await run(actsOf<number>(error, 2), { watch: hostOf(0.1) })).toEqual({ status: 'rejected', reason: error });
  });

  it('is done again only if it failed where nothing is measured', async () => {
    expect(await run(actsOf(1, 2), { watch: hostOf(0.9), onlyFailures: true })).toMatchObject({ value: 1 });
    expect(await run(actsOf<number>(new Error('x'), 2), { watch: hostOf(0.9), onlyFailures: true })).toMatchObject({
      value: 2,
    });
  });

  it('counts the last time, so that it ends on a host that is never calm', async () => {
    const act = actsOf(1, 2, 3);
    const watch = () => ({ worst: () => 0.9, stop: () => undefined });
    expect(await run(act, { watch, attempts: 3 })).toEqual({ status: 'fulfilled', value: 3 });
    expect(said).toHaveLength(2);
  });
});
