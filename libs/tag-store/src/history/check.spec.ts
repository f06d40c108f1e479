import { describe, expect, it } from 'vitest';
import { check, reportText } from '../../test/history/check.ts';
import type { Answers, Call, CallKind, History, Trouble } from '../../test/history/record.ts';
import type { JobReference } from '../port.ts';
import { someJob, someUrl } from '../tag-store.samples.ts';

let clock = 0;

/** A call of client 0 that was answered, later than all before it, and took a millisecond. */
function ok<Kind extends CallKind>(kind: Kind, job: JobReference, value: Answers[Kind]): Call {
  clock += 10;
  return { kind, client: 0, job, from: clock, to: clock + 1, heard: { is: 'ok', value } } as unknown as Call;
}

function unheard(kind: CallKind, job: JobReference, is: 'unknown' | 'refused'): Call {
  return { ...ok(kind, job, 0 as never), heard: { is } } as Call;
}

type Change = Partial<History> & { readonly more?: readonly Call[] };

/** A history in which one job was applied and everything is as it should be, with changes. */
function history(job: JobReference, over: Change = {}): History {
  const { more = [], ...rest } = over;
  return {
    calls: [
      ok('claim', job, { kind: 'claimed', jobId: job.jobId }),
      ok('attempt', job, 1),
      ok('apply', job, 'applied'),
      ...more,
    ],
    troubles: [],
    fence: ['stale-epoch', 'refused'],
    given: new Map([[job.jobId, { job, tags: ['a', 'b'] }]]),
    final: {
      jobs: new Map([[job.jobId, { status: 'done', attempts: 1 }]]),
      records: new Map([[job.urlHash, { jobId: job.jobId, acceptedAt: job.acceptedAt, tags: ['a', 'b'] }]]),
      postings: new Map(['a', 'b'].map((tag) => [tag, new Set([job.urlHash])])),
    },
    ...rest,
  };
}

/** A fault that lies over everything recorded so far and the next call. */
const trouble = (): Trouble => ({ fault: 'kill', from: 0, to: clock + 1_000 });

describe('the check of a history', () => {
  it('finds nothing where every promise was kept, and counts', () => {
    const job = someJob();
    const report = check(
      history(job, {
        more: [unheard('apply', job, 'unknown'), unheard('fail', job, 'refused'), ok('apply', job, 'duplicate')],
      }),
    );
    expect(report).toEqual({
      operations: 6,
      acknowledged: 4,
      unknown: 1,
      refused: 1,
      failovers: 0,
      durable: 2,
      fenced: 2,
      violations: [],
      lost: 0,
    });
    expect(reportText(report)).toContain('violations    0');
  });

  it('finds an acknowledged end that is gone, or is another one', () => {
    const job = someJob();
    const { final } = history(job);
    for (const jobs of [new Map(), new Map([[job.jobId, { status: 'failed', attempts: 1 }]])]) {
      const report = check(history(job, { final: { ...final, jobs } }));
      expect(report.lost).toBe(1);
      expect(report.violations[0]).toMatch(/was acknowledged, and the job is (undefined|failed)/);
    }
  });

  it('finds the record of an acknowledged result missing, or replaced by an older one', () => {
    const older = someJob();
    const job = someJob(older);
    const { final } = history(job);
    const stale = new Map([[job.urlHash, { jobId: older.jobId, acceptedAt: older.acceptedAt, tags: [] }]]);
    const given = new Map([[older.jobId, { job: older, tags: [] }]]);
    for (const records of [new Map(), stale]) {
      const report = check(history(job, { given, final: { ...final, records, postings: new Map() } }));
      expect(report.lost).toBe(1);
    }
  });

  it('lets a newer result take the place of an acknowledged one', () => {
    const job = someJob();
    const newer = someJob(job);
    const base = history(job);
    const records = new Map([[job.urlHash, { jobId: newer.jobId, acceptedAt: newer.acceptedAt, tags: ['a', 'b'] }]]);
    const given = new Map([...base.given, [newer.jobId, { job: newer, tags: ['a', 'b'] }]]);
    expect(check({ ...base, given, final: { ...base.final, records } }).violations).toEqual([]);
  });

  it('does not mind the loss of what was never acknowledged', () => {
    const [job, vague] = [someJob(), someJob()];
    const report = check(history(job, { more: [unheard('apply', vague, 'unknown'), ok('apply', vague, 'unknown')] }));
    expect([report.lost, report.violations]).toEqual([0, []]);
  });

  it.each<[string, (job: JobReference) => Change, RegExp]>([
    ['two effects of one job', (job) => ({ more: [ok('apply', job, 'applied')] }), /took effect 2 times/],
    [
      'a claim given twice',
      (job) => ({ more: [ok('claim', job, { kind: 'claimed', jobId: job.jobId })] }),
      /was claimed 2 times/,
    ],
    ['an attempt counted again', (job) => ({ more: [ok('attempt', job, 1)] }), /was counted as 1 after 1/],
    ['a read that missed a result', (job) => ({ more: [ok('page', job, undefined)] }), /saw undefined after/],
    [
      'an epoch that went back',
      (job) => ({ more: [ok('epoch', job, 3), ok('epoch', job, 2)] }),
      /read epoch 2 after 3/,
    ],
    [
      'a replaced primary that took a write',
      () => ({ fence: ['stale-epoch', 'applied'] }),
      /that was replaced answered applied/,
    ],
  ])('finds %s', (_name, change, finding) => {
    const job = someJob();
    const before = history(job);
    const { more = [], ...over } = change(job);
    const { violations } = check({ ...before, ...over, calls: [...before.calls, ...more] });
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatch(finding);
  });

  it('allows while a primary is lost what plain writes and reads do not promise', () => {
    const job = someJob();
    const more = [
      ok('claim', job, { kind: 'claimed', jobId: job.jobId }),
      ok('attempt', job, 1),
      ok('page', job, undefined),
    ];
    expect(check(history(job, { more, troubles: [trouble()] })).violations).toEqual([]);
  });

  it('does not judge the order of calls that were under way at once', () => {
    const job = someJob();
    const late = { ...ok('page', job, undefined), from: 0 } as Call;
    const epochs = [ok('epoch', job, 3), { ...ok('epoch', job, 2), from: 0 } as Call];
    expect(check(history(job, { more: [late, ...epochs] })).violations).toEqual([]);
  });

  it('finds a record that nobody gave, or that is not what was given', () => {
    const job = someJob();
    expect(check(history(job, { given: new Map() })).violations).toEqual([
      expect.stringMatching(/never gave a result/),
    ]);
    const given = new Map([[job.jobId, { job, tags: ['a'] }]]);
    expect(check(history(job, { given })).violations).toEqual([expect.stringMatching(/is not what/)]);
  });

  it('finds postings that differ from the records', () => {
    const [job, stranger] = [someJob(), someUrl()];
    const { final } = history(job);
    const postings = new Map([
      ['a', new Set([job.urlHash, stranger.urlHash])],
      ['b', new Set<string>()],
    ]);
    expect(check(history(job, { final: { ...final, postings } })).violations).toEqual([
      `${job.urlHash} is not found by b`,
      `${stranger.urlHash} is found by a, which it does not bear`,
    ]);
  });
});
