import type { KubeObject } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { cacheOf, NOW, pod, service } from '../../test/fixtures.ts';
import { OwnWrites } from './own-writes.ts';
import { deploymentOf, observeWorld, revisionId } from './rollout.observe.ts';
import { decide } from './rollout.policy.ts';
import { LEGACY, viewOf } from './world.ts';

const demo = service();
const owner = { ...demo, metadata: { ...demo.metadata, resourceVersion: '1' } } as unknown as KubeObject;
const ownerReferences = [{ apiVersion: 'v1', kind: 'TagService', name: 'demo', uid: 'uid-of-demo', controller: true }];

const object = (kind: string, name: string, more: object = {}): KubeObject => {
  const { metadata = {}, ...rest } = more as { metadata?: object };
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'tags', uid: `${kind} ${name}`, resourceVersion: '1', ownerReferences, ...metadata },
    ...rest,
  } as KubeObject;
};

function deploymentObject(component: string, revision: string | undefined, status: object = {}): KubeObject {
  const labels = {
    'tagservice.dev/service': 'demo',
    'app.kubernetes.io/component': component,
    ...(revision !== undefined && { 'tagservice.dev/revision': revision }),
  };
  const name = revision === undefined ? `demo-${component}` : `demo-${component}-${revision}`;
  return object('Deployment', name, {
    metadata: { labels, generation: 2 },
    spec: { replicas: 3 },
    status: { observedGeneration: 2, replicas: 4, updatedReplicas: 3, readyReplicas: 3, ...status },
  });
}

const revisionObject = (id: string, status: object = {}): KubeObject =>
  object('TagServiceRevision', `demo-${id}`, { spec: { number: 1 }, status });

const apiPod = (name: string, revision: string): KubeObject => {
  const made = pod({ name });
  const labels = { ...made.metadata.labels, 'tagservice.dev/revision': revision };
  return { ...made, metadata: { ...made.metadata, labels } } as KubeObject;
};

const slice = (...endpoints: object[]): KubeObject =>
  object('EndpointSlice', `demo-api-${endpoints.length.toString()}`, {
    metadata: { labels: { 'kubernetes.io/service-name': 'demo-api' }, ownerReferences: [] },
    endpoints,
  });

const context = (...objects: KubeObject[]) => ({
  service: demo,
  owner,
  cache: cacheOf(objects),
  writes: new OwnWrites(),
});
const worldOf = (...objects: KubeObject[]) => observeWorld(context(...objects), 'demo-b', NOW);

describe('the world of a rollout', () => {
  it('tells the Deployments of each revision in numbers', () => {
    const { revisions } = worldOf(
      revisionObject('a', { role: 'Stable', promotion: 2 }),
      deploymentObject('api', 'a'),
      deploymentObject('compute', 'a', { readyReplicas: 1 }),
    );
    expect(revisions).toMatchObject([
      {
        name: 'demo-a',
        role: 'Stable',
        promotion: 2,
        api: { wanted: 3, pods: 4, ready: 3 },
        compute: { wanted: 3, pods: 4, ready: 1 },
      },
    ]);
  });

  it('does not believe numbers about a former generation, nor count pods of a former template', () => {
    const { revisions } = worldOf(
      deploymentObject('api', 'a', { observedGeneration: 1 }),
      deploymentObject('compute', 'a', { updatedReplicas: 1 }),
    );
    expect(revisions[0]).toMatchObject({ api: { ready: 0 }, compute: { ready: 1 } });
  });

  it('tells when the controller of a Deployment sees no progress any more, and only of the current generation', () => {
    const conditions = [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'has timed out progressing',
      },
    ];
    const { revisions } = worldOf(
      deploymentObject('api', 'a', { conditions }),
      deploymentObject('compute', 'a', { conditions, observedGeneration: 1 }),
    );
    expect(revisions[0]?.api?.stuck).toBe('has timed out progressing');
    expect(revisions[0]?.compute).not.toHaveProperty('stuck');
  });

  it('takes the Deployments of an earlier release as what serves', () => {
    const world = worldOf(deploymentObject('api', undefined), deploymentObject('compute', undefined));
    expect(viewOf({ ...world }).stable).toMatchObject({ name: LEGACY, number: 0, api: { ready: 3 } });
  });

  it('knows Deployments whose revision somebody deleted', () => {
    expect(worldOf(deploymentObject('api', 'lost')).revisions).toMatchObject([{ name: 'demo-lost', number: 0 }]);
  });

  it('sees neither what belongs to somebody else nor what it has just removed', () => {
    const foreign = { ...deploymentObject('api', 'a') };
    foreign.metadata = { ...foreign.metadata, ownerReferences: [] };
    expect(worldOf(foreign).revisions).toEqual([]);
    const seen = context(deploymentObject('api', 'a'));
    seen.writes.noteRemoval('tags/demo', 'Deployment demo-api-a');
    expect(deploymentOf(seen, 'demo-a', 'api')).toBeUndefined();
    expect(observeWorld(seen, undefined, NOW).revisions).toEqual([]);
  });

  it('counts ready API pods behind the Service by revision, each once', () => {
    const at = (name: string, ready = true) => ({ conditions: { ready }, targetRef: { kind: 'Pod', name } });
    const { revisions } = worldOf(
      revisionObject('a'),
      revisionObject('b'),
      apiPod('one', 'a'),
      apiPod('two', 'b'),
      apiPod('three', 'b'),
      apiPod('four', 'b'),
      slice(at('one'), at('two'), at('three', false)),
      slice(at('two')),
    );
    expect(revisions.map(({ name, endpoints }) => [name, endpoints])).toEqual([
      ['demo-a', 1],
      ['demo-b', 1],
    ]);
  });

  it('takes a slice of a Service without pods as it comes, with null for its endpoints', () => {
    const empty = { ...slice(), endpoints: null } as unknown as KubeObject;
    const { revisions } = worldOf(revisionObject('a'), apiPod('one', 'a'), empty);
    expect(revisions.map(({ name, endpoints }) => [name, endpoints])).toEqual([['demo-a', 0]]);
  });

  it('tells which revision autoscalers and budgets name', () => {
    const target = (name: string) => ({ spec: { scaleTargetRef: { name }, maxReplicas: 7 } });
    const selector = (revision?: string) => ({
      spec: { selector: { matchLabels: revision === undefined ? {} : { 'tagservice.dev/revision': revision } } },
    });
    const { followers } = worldOf(
      object('HorizontalPodAutoscaler', 'demo-api', target('demo-api-a')),
      object('HorizontalPodAutoscaler', 'demo-compute', target('demo-compute')),
      object('PodDisruptionBudget', 'demo-api', selector('a')),
      object('PodDisruptionBudget', 'demo-compute', selector()),
    );
    expect(followers).toEqual({
      scalers: { api: 'demo-a', compute: LEGACY },
      budgets: { api: 'demo-a', compute: LEGACY },
      computeMaximum: 7,
    });
  });

  it('goes by the bounds that autoscalers keep while scaling is frozen, and by the declared ones otherwise', () => {
    const scaling = { api: { min: 3, max: 5 }, compute: { min: 2, max: 4 } };
    const bounds = (minReplicas: number, maxReplicas: number) => ({
      spec: { scaleTargetRef: { name: 'x' }, minReplicas, maxReplicas },
    });
    const seen = context(
      object('HorizontalPodAutoscaler', 'demo-api', bounds(2, 10)),
      object('HorizontalPodAutoscaler', 'demo-compute', bounds(1, 3)),
    );
    const free = observeWorld({ ...seen, service: service({ scaling }) }, 'demo-b', NOW);
    expect(free.bounds).toMatchObject({ api: { min: 3, max: 5 }, compute: { min: 2, max: 4 } });
    const frozen = observeWorld({ ...seen, service: service({ scaling, freeze: ['Scaling'] }) }, 'demo-b', NOW);
    // A bound that is lower for the time of a rollout takes no worker away for good.
    expect(frozen.bounds).toEqual({ api: { min: 2, max: 10 }, compute: { min: 1, max: 4 } });
    const anew = observeWorld({ ...context(), service: service({ scaling, freeze: ['Scaling'] }) }, 'demo-b', NOW);
    expect(anew.bounds).toMatchObject({ api: { min: 3, max: 5 } });
  });

  it('adds no pods to a revision that serves because more are declared while scaling is frozen', () => {
    const declared = service({ scaling: { api: { min: 4 } }, freeze: ['Scaling'] });
    const seen = context(
      revisionObject('b', { role: 'Stable', promotion: 1 }),
      deploymentObject('api', 'b'),
      deploymentObject('compute', 'b'),
      object('HorizontalPodAutoscaler', 'demo-api', {
        spec: { scaleTargetRef: { name: 'demo-api-b' }, minReplicas: 2, maxReplicas: 10 },
      }),
    );
    const world = observeWorld({ ...seen, service: declared }, 'demo-b', NOW);
    expect(decide(world).filter((action) => action.do === 'scale')).toEqual([]);
    const { freeze: _freeze, ...spec } = declared.spec;
    const free = observeWorld({ ...seen, service: { ...declared, spec: { ...spec, freeze: [] } } }, 'demo-b', NOW);
    expect(decide(free)).toContainEqual({ do: 'scale', revision: 'demo-b', component: 'api', replicas: 4 });
  });

  it('takes autoscalers that are not ours, or that name something else, as not there', () => {
    const foreign = object('HorizontalPodAutoscaler', 'demo-compute', {
      metadata: { ownerReferences: [] },
      spec: { scaleTargetRef: { name: 'demo-compute-a' }, maxReplicas: 7 },
    });
    const elsewhere = object('HorizontalPodAutoscaler', 'demo-api', {
      spec: { scaleTargetRef: { name: 'something' }, maxReplicas: 7 },
    });
    expect(worldOf(foreign, elsewhere).followers).toMatchObject({
      scalers: { api: undefined, compute: undefined },
      computeMaximum: undefined,
    });
  });

  it('reads operations with their numbers', () => {
    const { operations } = worldOf(
      object('TagServiceOperation', 'demo-rollout-12', {
        spec: { type: 'Rollout', from: 'demo-a', to: 'demo-b' },
        status: { measurements: [{ name: 'computeReserve', value: 2 }] },
      }),
    );
    expect(operations).toEqual([
      {
        name: 'demo-rollout-12',
        number: 12,
        from: 'demo-a',
        to: 'demo-b',
        steps: [],
        measurements: { computeReserve: 2 },
      },
    ]);
  });
});

describe('the last part of the name of a revision', () => {
  it('is what pods carry; what an earlier release made carries none', () => {
    expect(revisionId(demo, 'demo-5d9c')).toBe('5d9c');
    expect(revisionId(demo, LEGACY)).toBeUndefined();
  });
});
