import { describe, expect, it } from 'vitest';
import type { Version } from '../bed/observer.ts';
import { viewsOf } from './judge.ts';

type Status = { conditions?: { type: string; status: string }[]; topics?: object[] } | undefined;
const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
const notReady = { conditions: [{ type: 'Ready', status: 'False' }] };

const version = (at: number, status: Status, more: { uid?: string; gone?: boolean } = {}): Version => ({
  at,
  gone: more.gone ?? false,
  object: { kind: 'TagService', metadata: { name: 'demo', uid: more.uid ?? 'one' }, status } as never,
});
const workload = (at: number, ready: number, gone = false): Version => ({
  at,
  gone,
  object: { kind: 'Deployment', metadata: { name: 'api', generation: 1 }, status: { readyReplicas: ready } } as never,
});

describe('the statuses that are judged', () => {
  it('are those that differ from the one before, and the last as that of the rest', () => {
    const views = viewsOf([version(1, notReady), version(2, notReady), version(3, ready), version(4, ready)], []);
    expect(views.map(({ after, atRest }) => [after.status, atRest])).toEqual([
      [notReady, false],
      [ready, false],
      [ready, true],
    ]);
  });

  it('begin with the first that was written, and are none of an object that is gone', () => {
    expect(viewsOf([version(1, undefined), version(2, ready, { gone: true })], [])).toEqual([]);
  });

  it('have the one before beside them, but none of a former object of this name', () => {
    const [, same, other] = viewsOf(
      [version(1, notReady), version(2, ready), version(3, notReady, { uid: 'two' })],
      [],
    );
    expect(same?.before?.status).toEqual(notReady);
    expect(other?.before).toBeUndefined();
  });

  it('hold one that has lost its conditions', () => {
    const views = viewsOf([version(1, ready), version(2, { topics: [] })], []);
    expect(views.at(-1)?.after.status).toEqual({ topics: [] });
  });
});

describe('the workloads beside a status', () => {
  const seen = (at: number, ...versions: Version[]): number[] =>
    viewsOf([version(at, ready)], versions)[0]?.workloads.map((one) => one.ready) ?? [];

  it('are as they had been for a second: what is newer need not have been seen', () => {
    expect(seen(5_000, workload(1_000, 0), workload(3_900, 2))).toEqual([2]);
    expect(seen(5_000, workload(1_000, 0), workload(4_500, 2))).toEqual([]);
    expect(seen(5_000, workload(1_000, 1), workload(6_000, 2))).toEqual([1]);
  });

  it('are none that were deleted', () => {
    expect(seen(5_000, workload(1_000, 0), workload(2_000, 0, true))).toEqual([]);
  });
});
