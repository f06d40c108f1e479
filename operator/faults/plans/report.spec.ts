import { describe, expect, it } from 'vitest';
import type { PlanResult } from './execute.ts';
import { parsePlan } from './plan.ts';
import { brokenReferences, countsOf, failureText, missedLine, percentile, summaryOf, tableOf } from './report.ts';

const result = (id: string, more: Partial<PlanResult> = {}): PlanResult => ({
  plan: parsePlan(id)!,
  hits: 1,
  convergedMs: 1_500,
  statuses: 4,
  requestsAtRest: 2,
  ...more,
});
const failed = result('create/writes/dropped', {
  hits: 3,
  failure: {
    reason: 'the reference state is not reached',
    details: ['Deployment demo-api.spec: wanted 1, found 2'],
    requests: ['12:00:00 apply deployments demo-api 200'],
    log: ['a line'],
  },
});

const missed = result('scale/watch/held/pods', { hits: 0, convergedMs: 0 });
const slow = result('create/writes/slow', { convergedMs: 10_001 });

describe('the count of plans', () => {
  it('has one more for the slowest hundredth of all', () => {
    expect(countsOf([result('create/writes/conflict'), failed])).toEqual({ passed: 2, failed: 1, missed: 0 });
    expect(countsOf([slow])).toEqual({ passed: 1, failed: 1, missed: 0 });
  });

  it('calls no plan passed whose fault never happened', () => {
    expect(countsOf([result('create/writes/conflict'), missed])).toEqual({ passed: 2, failed: 0, missed: 1 });
    expect(missedLine(missed)).toContain('scale/watch/held/pods');
  });

  it('calls a plan failed that failed before its fault could happen', () => {
    expect(countsOf([{ ...failed, hits: 0 }])).toMatchObject({ failed: 1, missed: 0 });
  });

  it('tells of a run without faults that breaks a rule', () => {
    const well = { run: 'create', violations: [] } as const;
    const broken = { run: 'scale', violations: ['4 never both: Reconciling and Stalled both stand'] } as const;
    expect(brokenReferences([well])).toEqual([]);
    expect(brokenReferences([well, broken])).toEqual([expect.stringMatching(/^FAILED reference scale: .*both stand$/)]);
  });

  it('has nothing passed where nothing was played', () => {
    expect(countsOf([])).toEqual({ passed: 0, failed: 0, missed: 0 });
    expect(countsOf([missed])).toEqual({ passed: 0, failed: 0, missed: 1 });
  });
});

describe('percentiles', () => {
  it('are values that occurred', () => {
    const values = Array.from({ length: 200 }, (_, index) => index + 1);
    expect([0.5, 0.9, 0.99, 1].map((share) => percentile(values, share))).toEqual([100, 180, 198, 200]);
  });

  it('are unknown of nothing', () => {
    expect(percentile([], 0.5)).toBeUndefined();
    expect(percentile([7], 0.01)).toBe(7);
  });
});

describe('the report', () => {
  it('has a line for each run and sort of fault', () => {
    const table = tableOf([result('create/writes/conflict'), failed, result('scale/watch/held/pods', { hits: 0 })]);
    expect(table.split('\n')).toEqual([
      expect.stringMatching(/^run +fault +plans +hit +failed +p50 +max$/),
      expect.stringMatching(/^create +writes +2 +2 +1 +1\.50 s +1\.50 s$/),
      expect.stringMatching(/^scale +watch +1 +0 +0 +- +-$/),
    ]);
  });

  it('tells how quickly the state was reached, and how much was judged', () => {
    const summary = summaryOf([result('create/writes/conflict'), result('create/writes/slow', { convergedMs: 9_000 })]);
    expect(summary).toContain('p50 1.50 s, p90 9.00 s, p99 9.00 s, max 9.00 s');
    expect(summary).toContain('8 statuses');
    expect(summary).toContain('at most 2 requests');
  });

  it('takes no time from a plan whose fault never happened', () => {
    expect(summaryOf([result('create/writes/conflict'), missed])).toContain('p50 1.50 s');
    expect(summaryOf([missed])).toContain('p50 -, p90 -, p99 -');
  });

  it('says of a failure what differs, what was asked last, and how to repeat it', () => {
    const text = failureText(failed);
    for (const part of ['FAILED create/writes/dropped', '3 times', 'wanted 1, found 2', 'demo-api 200', 'a line'])
      expect(text).toContain(part);
    expect(text).toContain('npm run test:faults -- --only create/writes/dropped');
    expect(failureText(result('create/writes/slow'))).toBe('');
  });
});
