import { describe, expect, it } from 'vitest';
import type { RunFigures, Stretch } from './contest.ts';
import { compare } from './figures.ts';

const stretch: Stretch = { ms: 2_000, cpuSeconds: 1.5, reconciles: 200, failures: 0, requests: 800, writes: 800 };
const run: RunFigures = {
  startMs: 100,
  coldMs: 2_100,
  create: stretch,
  update: { ...stretch, ms: 4_000 },
  resync: { ...stretch, reconciles: 300, requests: 1_200 },
  driftMs: [5, 9, 7],
  rssMiB: 100,
  anonymousMiB: 60,
  peakMiB: 120,
  restCpu: 0.1,
};

describe('the figures of an operator', () => {
  const measures = compare({ prefix: 'operator', widgets: 100, runs: [run, run], reference: [{ ...run, rssMiB: 25 }] });
  const valueOf = (name: string): number | undefined => measures.find((one) => one.name === `operator.${name}`)?.value;

  it('are rates by the clock, not by CPU time', () => {
    expect(valueOf('create.rate')).toBe(50);
    expect(valueOf('update.rate')).toBe(25);
    expect(valueOf('resync.rate')).toBe(150);
  });

  it('are prices per thousand objects, or per thousand reconciles where only these happen', () => {
    expect(valueOf('create.cpu')).toBe(15);
    expect(valueOf('resync.cpu')).toBe(5);
    expect(valueOf('resync.requests')).toBe(4);
    expect(valueOf('create.reconciles')).toBe(2);
  });

  it('are latencies that were really measured', () => {
    expect(valueOf('drift.p50')).toBe(7);
    expect(valueOf('drift.p99')).toBe(9);
  });

  it('stand beside those of the reference, none of them left out', () => {
    const rss = measures.find(({ name }) => name === 'operator.rest.rss');
    expect(rss).toMatchObject({ value: 100, reference: 25 });
    expect(measures.every(({ value, reference }) => Number.isFinite(value) && Number.isFinite(reference))).toBe(true);
    expect(new Set(measures.map(({ name }) => name)).size).toBe(measures.length);
  });

  it('are medians over the rounds, so that one disturbed round does not decide', () => {
    const runs = [run, { ...run, startMs: 90 }, { ...run, startMs: 5_000 }];
    const [start] = compare({ prefix: 'operator', widgets: 100, runs, reference: runs });
    expect(start).toMatchObject({ name: 'operator.start', value: 100, reference: 100 });
  });
});
