import { createLogger, createRegistry } from '@tagservice/service-kit';
import { StoreUnavailable, type RepairOptions, type RepairStep } from '@tagservice/tag-store';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { computeMetrics } from '../compute-metrics.ts';
import { RepairLoop } from './repair-loop.ts';

const counts = { scanned: 0, reposted: 0, mended: 0, removed: 0 };
const running: RepairLoop[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((loop) => loop.stop()));
});

/** A loop whose store answers its steps one after the other, and whose pauses pass at once; after the last answer it waits. */
function loopOver(...answers: (RepairStep | Error)[]) {
  const [asked, pauses, lines]: [RepairOptions[], number[], string[]] = [[], [], []];
  const registry = createRegistry({});
  const loop = new RepairLoop({
    store: {
      repairStep: (options) => {
        const answer = answers[asked.push(options) - 1];
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? { kind: 'resting' });
      },
    },
    holder: 'pod-7',
    periodMs: 60_000,
    metrics: computeMetrics(registry),
    logger: createLogger({ level: 'debug', base: {}, destination: { write: (line: string) => void lines.push(line) } }),
    clock: {
      now: () => 0,
      pause: (ms, signal) =>
        new Promise((resolve) => {
          pauses.push(ms);
          if (pauses.length <= answers.length) setImmediate(resolve);
          else
            signal.addEventListener('abort', () => {
              resolve();
            });
        }),
    },
  });
  running.push(loop);
  loop.start();
  const ended = () =>
    vi.waitFor(() => {
      expect(pauses.length).toBeGreaterThan(answers.length);
    });
  return { asked, pauses, lines, registry, loop, ended };
}

describe('the repair of the index', () => {
  it('steps on quickly until the end of a look, and then asks now and then whether it is time again', async () => {
    const { asked, pauses, ended } = loopOver(
      { kind: 'stepped', done: false, ...counts },
      { kind: 'stepped', done: true, ...counts },
      { kind: 'resting' },
    );
    await ended();
    expect(pauses.slice(1)).toEqual([50, 15_000, 15_000]);
    expect(asked[0]).toEqual({ holder: 'pod-7', leaseMs: 15_000, restMs: 60_000 });
  });

  it('begins at some moment after the start, so that many instances do not begin together', async () => {
    const { pauses, ended } = loopOver();
    await ended();
    expect(pauses[0]).toBeGreaterThanOrEqual(0);
    expect(pauses[0]).toBeLessThan(15_000);
  });

  it('waits while another instance is at it', async () => {
    const { pauses, ended } = loopOver({ kind: 'elsewhere' });
    await ended();
    expect(pauses[1]).toBe(15_000);
  });

  it('goes on after the store was away', async () => {
    const { asked, lines, ended } = loopOver(new StoreUnavailable('redis:6379', 'gone'), {
      kind: 'stepped',
      done: true,
      ...counts,
    });
    await ended();
    expect(asked).toHaveLength(2);
    expect(lines.join()).toContain('gone');
  });

  it('counts what it did, and tells of it once a look', async () => {
    const { registry, lines, ended } = loopOver(
      { kind: 'stepped', done: false, scanned: 200, reposted: 2, mended: 0, removed: 0 },
      { kind: 'stepped', done: true, scanned: 100, reposted: 0, mended: 1, removed: 5 },
      { kind: 'stepped', done: true, ...counts, scanned: 300 },
    );
    await ended();
    const metrics = await registry.metrics();
    for (const [result, count] of Object.entries({ scanned: 600, reposted: 2, mended: 1, removed: 5 }))
      expect(metrics).toContain(`tagservice_compute_index_repairs_total{result="${result}"} ${String(count)}`);
    expect(metrics).toContain('tagservice_compute_index_repair_rounds_total 2');
    const told = lines.filter((line) => line.includes('was repaired')).map((line) => JSON.parse(line) as object);
    expect(told).toEqual([expect.objectContaining({ scanned: 300, reposted: 2, mended: 1, removed: 5 })]);
  });

  it('ends at once when it is stopped, also in the middle of a pause', async () => {
    const { loop, asked, ended } = loopOver({ kind: 'elsewhere' });
    await ended();
    await loop.stop();
    expect(asked).toHaveLength(1);
  });
});
