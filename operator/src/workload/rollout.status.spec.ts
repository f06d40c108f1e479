import { describe, expect, it } from 'vitest';
import { NOW, pod } from '../../test/fixtures.ts';
import { podCounts, rolloutOutcome, type Workload } from './rollout.status.ts';

type Numbers = {
  generation?: number;
  observed?: number;
  replicas?: number;
  all?: number;
  updated?: number;
  ready?: number;
};

function workload({
  generation = 2,
  observed = 2,
  replicas = 2,
  all = replicas,
  updated = replicas,
  ready = replicas,
}: Numbers = {}): Workload {
  return {
    metadata: { generation },
    spec: { replicas },
    status: { observedGeneration: observed, replicas: all, updatedReplicas: updated, readyReplicas: ready },
  };
}

const outcome = (live: Workload | undefined, { least = 2, pods = [] as ReturnType<typeof pod>[] } = {}) =>
  rolloutOutcome({ kind: 'Deployment', name: 'demo-api', least, live, pods, now: NOW });

describe('a workload', () => {
  it('runs when all its pods are new and enough of them are ready', () => {
    expect(outcome(workload())).toEqual({
      kind: 'done',
      reason: 'PodsRunning',
      message: 'Deployment demo-api: 2 of 2 pods ready',
    });
  });

  it('is not believed before its controller has seen the current generation', () => {
    expect(outcome(workload({ generation: 3 }))).toMatchObject({ kind: 'waiting', reason: 'RolloutUnderWay' });
  });

  it('is not known before our own write is seen', () => {
    expect(outcome(undefined)).toMatchObject({ reason: 'Checking' });
    expect(podCounts(undefined)).toEqual({ ready: 0, desired: 0 });
  });

  it('is under way while old pods remain, although enough are ready', () => {
    expect(outcome(workload({ all: 3 }))).toMatchObject({ reason: 'RolloutUnderWay' });
    expect(outcome(workload({ updated: 1 }))).toMatchObject({ reason: 'RolloutUnderWay' });
  });

  it('stays ready while the autoscaler adds pods', () => {
    expect(outcome(workload({ replicas: 12, ready: 3 }))).toMatchObject({
      kind: 'done',
      message: 'Deployment demo-api: 3 of 12 pods ready',
    });
  });

  it('is not ready below the declared least, and says both numbers', () => {
    expect(outcome(workload({ ready: 1 }))).toMatchObject({
      reason: 'PodsNotReady',
      message: 'Deployment demo-api: 1 of 2 pods ready, at least 2 wanted',
    });
    expect(outcome(workload({ replicas: 1 }))).toMatchObject({ reason: 'PodsNotReady' });
  });

  it('without any pod is not ready', () => {
    expect(outcome(workload({ replicas: 0 }), { least: 0 })).toMatchObject({ reason: 'PodsNotReady' });
  });

  it('tells that the namespace refuses its pods', () => {
    const live = workload({ ready: 0, all: 0, updated: 0 });
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: small' }];
    const refused = outcome({ ...live, status: { ...live.status, conditions } });
    expect(refused).toMatchObject({ reason: 'PodsRefused' });
    expect(refused.message).toContain('exceeded quota: small');
  });

  it('tells the trouble of a pod rather than the numbers alone', () => {
    const status = {
      containerStatuses: [
        { name: 'api', image: 'x', restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      ],
    };
    expect(outcome(workload({ ready: 1 }), { pods: [pod({ ready: false, status })] })).toMatchObject({
      reason: 'ContainerCrashing',
    });
  });
});
