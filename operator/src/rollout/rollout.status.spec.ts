import type { KubeObject } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { cacheOf, NOW, pod, service } from '../../test/fixtures.ts';
import { PROGRESS_DEADLINE_MS, SimulatedCluster, type SimulatedSpec } from '../../test/simulated-cluster.ts';
import type { Reference } from '../revision/references.ts';
import type { StepContext } from '../step/step.ts';
import { componentFinding } from './component.status.ts';
import type { Look } from './look.ts';
import { OwnWrites } from './own-writes.ts';
import { rolloutReport } from './rollout.status.ts';
import type { Target } from './target.ts';
import { viewOf } from './world.ts';

const spec: SimulatedSpec = {
  target: 'demo-one',
  api: { min: 2, max: 10 },
  compute: { min: 1, max: 20 },
  partitions: 12,
};

const known = { kind: 'known', snapshot: { name: 'demo-one', id: 'one' } } as unknown as Target;

/** What the steps see of a simulated cluster; Deployments exist only as numbers. */
function lookAt(cluster: SimulatedCluster, target: Target = known, objects: readonly KubeObject[] = []) {
  const demo = service({ freeze: cluster.frozen ? ['Rollout'] : [] });
  const owner = { ...demo, metadata: { ...demo.metadata, resourceVersion: '1' } } as unknown as KubeObject;
  const cache = cacheOf(objects);
  const context = { service: demo, owner, cache, now: () => NOW } as unknown as StepContext;
  const observed = { service: demo, owner, cache, writes: new OwnWrites() };
  const look: Look = { target, view: viewOf(cluster.world()), observed };
  return { context, look };
}

function report(cluster: SimulatedCluster, target?: Target, objects?: readonly KubeObject[]) {
  const { context, look } = lookAt(cluster, target, objects);
  return rolloutReport(context, look);
}
const health = (...args: Parameters<typeof report>) => report(...args).outcomes.RolloutHealthy;

function settled(): SimulatedCluster {
  const cluster = new SimulatedCluster(spec);
  cluster.settle();
  return cluster;
}

/** A rollout to a revision that does not get ready. */
function stuck(): SimulatedCluster {
  const cluster = settled();
  cluster.revisions.set('demo-bad', { name: 'demo-bad', number: 2, promotion: 0, since: '', endpoints: 0 });
  cluster.spec.target = 'demo-bad';
  cluster.failing.add('demo-bad');
  cluster.settle();
  return cluster;
}

describe('the status of a rollout', () => {
  it('names the revision that serves, and nothing else while nothing is under way', () => {
    const { outcomes, notices, status, held } = report(settled());
    expect(outcomes.RolloutHealthy).toMatchObject({ kind: 'done', reason: 'RevisionServes' });
    expect(status).toEqual({ revisions: { stable: 'demo-one' }, rollout: {} });
    expect([notices, held]).toEqual([[], undefined]);
  });

  it('does not say of the first revision that it serves before enough of its pods are ready', () => {
    const cluster = new SimulatedCluster(spec);
    const reasons = new Set<string | undefined>();
    for (let turn = 0; turn < 20; turn++) {
      cluster.operate();
      cluster.follow();
      reasons.add(health(cluster)?.reason);
      const isUp = cluster.total('api', 'ready') >= spec.api.min && cluster.total('compute', 'ready') >= 1;
      expect(health(cluster)?.reason === 'RevisionServes').toBe(isUp);
      cluster.runPods();
    }
    expect([...reasons]).toEqual(['Checking', 'RevisionComingUp', 'RevisionServes']);
  });

  it('does not say of a revision whose pods are gone that it serves, and finds the rollout healthy', () => {
    const cluster = settled();
    cluster.fail(0);
    expect(health(cluster)).toMatchObject({ kind: 'done', reason: 'RevisionComingUp' });
  });

  it('names the one that is coming, the operation and its step', () => {
    const { outcomes, notices, status } = report(stuck());
    expect(outcomes.RolloutHealthy).toMatchObject({ kind: 'done', reason: 'RolloutOnTrack' });
    expect(status).toEqual({
      revisions: { stable: 'demo-one', canary: 'demo-bad' },
      rollout: { operation: 'rollout-1', step: 'Capacity' },
    });
    expect(notices).toMatchObject([{ type: 'RolloutProgressing', reason: 'PodsBeingReplaced' }]);
    expect(notices?.[0]?.message).toContain('TagServiceOperation rollout-1');
  });

  it.each([{ freeze: ['Rollout' as const] }, { mode: 'Plan' as const }])(
    'does not call it progress where %j holds it, and still names the operation',
    (held) => {
      const cluster = stuck();
      cluster.frozen = 'freeze' in held;
      const { context, look } = lookAt(cluster);
      const { notices, status } = rolloutReport({ ...context, service: service(held) }, look);
      expect(notices).toEqual([]);
      expect(status?.rollout).toEqual({ operation: 'rollout-1', step: 'Capacity' });
    },
  );

  it('calls no component as declared before the record of the declared revision is made', () => {
    const cluster = settled();
    cluster.spec.target = 'demo-unmade';
    const { context, look } = lookAt(cluster);
    for (const component of ['api', 'compute'] as const)
      expect(componentFinding(context, look, { component, least: 1 }).outcome).toMatchObject({
        kind: 'waiting',
        reason: 'RolloutUnderWay',
        message: expect.stringContaining('revision demo-unmade is being made') as string,
      });
  });

  it('tells what stands in the way of the coming one', () => {
    const { context, look } = lookAt(stuck());
    const trouble = { reason: 'ImageNotPulled', message: 'pod x cannot pull image y' } as const;
    const view = viewOf({ ...look.view.world, trouble });
    expect(rolloutReport(context, { ...look, view }).outcomes.RolloutHealthy).toMatchObject({
      kind: 'waiting',
      reason: 'ImageNotPulled',
      message: 'revision demo-bad: pod x cannot pull image y',
    });
  });

  it('says why a revision was given up, what serves, and how to try it again', () => {
    const cluster = stuck();
    cluster.now += PROGRESS_DEADLINE_MS;
    cluster.settle();
    const failed = {
      apiVersion: 'v1',
      kind: 'TagServiceRevision',
      metadata: {
        name: 'demo-bad',
        namespace: 'tags',
        uid: 'x',
        resourceVersion: '1',
        ownerReferences: [{ apiVersion: 'v1', kind: 'TagService', name: 'demo', uid: 'uid-of-demo', controller: true }],
      },
      spec: { number: 2 },
      status: { role: 'Failed', reason: 'ImageNotPulled', message: 'no such image', since: '2026-11-21T12:10:00Z' },
    } as KubeObject;
    const outcome = health(cluster, known, [failed]);
    expect(outcome).toMatchObject({ kind: 'stalled', reason: 'RolloutFailed' });
    for (const part of ['demo-bad was given up (ImageNotPulled: no such image)', 'revision demo-one serves', 'delete'])
      expect(outcome?.message).toContain(part);
    expect(report(cluster, known, [failed]).status?.revisions).toEqual({
      stable: 'demo-one',
      failed: [{ name: 'demo-bad', reason: 'ImageNotPulled', at: '2026-11-21T12:10:00Z' }],
    });
  });

  it('tells what a freeze holds back, and only when it holds something', () => {
    const cluster = settled();
    cluster.frozen = true;
    expect(report(cluster).held).toBeUndefined();
    cluster.spec.target = 'demo-two';
    expect(report(cluster).held).toEqual(['revision demo-two is declared, revision demo-one serves']);
    expect(health(cluster)).toMatchObject({ kind: 'stalled', reason: 'HeldByFreeze' });
  });
});

describe('a component', () => {
  const finding = (cluster: SimulatedCluster, target?: Target) => {
    const { context, look } = lookAt(cluster, target, [pod() as KubeObject]);
    return componentFinding(context, look, { component: 'api', least: 2 });
  };
  const reference: Reference = {
    kind: 'Secret',
    name: 'token',
    key: 'value',
    optional: false,
    component: 'api',
    field: 'spec.api.pod.env TOKEN',
  };

  it('counts the pods of the revision that serves', () => {
    expect(finding(stuck()).counts).toEqual({ ready: 2, desired: 2 });
  });

  it('is not as declared while another revision is coming, and says who serves', () => {
    expect(finding(stuck()).outcome).toMatchObject({ kind: 'waiting', reason: 'RolloutUnderWay' });
    expect(finding(stuck()).outcome.message).toContain('revision demo-one serves until its pods are ready');
  });

  it('names what it refers to and is not there, with the field', () => {
    const { outcome } = finding(settled(), { kind: 'missing', references: [reference] });
    expect(outcome).toMatchObject({ kind: 'waiting', reason: 'ReferenceMissing' });
    expect(outcome.message).toContain('key value of Secret token, which spec.api.pod.env TOKEN names, does not exist');
  });

  it('does not suffer from what only the other component refers to', () => {
    const { outcome } = finding(settled(), {
      kind: 'missing',
      references: [{ ...reference, component: 'compute' }],
    });
    expect(outcome.reason).not.toBe('ReferenceMissing');
  });

  it('says what of its spec cannot be made, and only of the component that has it', () => {
    const message = 'spec.compute.pod is too long';
    const target: Target = { kind: 'impossible', component: 'compute', message };
    expect(finding(settled(), target).outcome.reason).not.toBe('InvalidSpec');
    expect(finding(settled(), { ...target, component: 'api' }).outcome).toEqual({
      kind: 'stalled',
      reason: 'InvalidSpec',
      message,
    });
    expect(report(settled(), target).outcomes.RolloutHealthy).toMatchObject({ kind: 'stalled', message });
  });

  it('waits quietly for what has not been looked at, and tells what cannot be read', () => {
    const unknown = (problem: string): Target => ({ kind: 'unknown', problems: [{ reference, problem }] });
    expect(finding(settled(), unknown('not looked at yet')).outcome.reason).toBe('Checking');
    const { outcome } = finding(settled(), unknown('secrets "token" is forbidden'));
    expect(outcome).toMatchObject({ kind: 'waiting', reason: 'ReferenceUnreadable' });
    expect(outcome.message).toContain('secrets "token" is forbidden');
  });
});
