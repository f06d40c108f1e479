import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROGRESS_DEADLINE_MS, SimulatedCluster, type SimulatedSpec } from '../../test/simulated-cluster.ts';
import { decide } from './rollout.policy.ts';
import { LEGACY, viewOf } from './world.ts';

const spec = (more: Partial<SimulatedSpec> = {}): SimulatedSpec => ({
  target: 'one',
  api: { min: 2, max: 10 },
  compute: { min: 1, max: 20 },
  partitions: 12,
  ...more,
});

/** A service that runs revision `one` and whose declaration is then another. */
function changed(target: string, more: Partial<SimulatedSpec> = {}): SimulatedCluster {
  const cluster = new SimulatedCluster(spec(more));
  cluster.settle();
  cluster.spec.target = target;
  return cluster;
}

/** A service with a worker for each of its four partitions, one of which has made room for a revision that never gets ready. */
function makingRoom(): SimulatedCluster {
  const cluster = changed('one', { partitions: 4 });
  cluster.autoscale('compute', 4);
  cluster.settle();
  cluster.spec.target = 'bad';
  cluster.settle();
  expect(cluster.pods.get('one/compute')?.wanted).toBe(3);
  return cluster;
}

/** So many turns of everything. */
function run(cluster: SimulatedCluster, turns: number): void {
  for (let turn = 0; turn < turns; turn++) {
    cluster.operate();
    cluster.follow();
    cluster.runPods();
  }
}

const stableOf = (cluster: SimulatedCluster) => viewOf(cluster.world()).stable?.name;
const rolesOf = (cluster: SimulatedCluster) =>
  Object.fromEntries([...cluster.revisions].map(([name, { role }]) => [name, role]));
const revisionsWithPods = (cluster: SimulatedCluster) => [
  ...new Set([...cluster.pods.keys()].map((key) => key.split('/')[0])),
];
const stepsOf = (cluster: SimulatedCluster, operation: string) =>
  cluster.operations.get(operation)?.steps.map(({ name, finishedAt }) => [name, finishedAt !== undefined]);

describe('the first revision', () => {
  it('serves from the start, without a rollout', () => {
    const cluster = new SimulatedCluster(spec());
    cluster.settle();
    expect(rolesOf(cluster)).toEqual({ one: 'Stable' });
    expect(cluster.operations.size).toBe(0);
    expect(cluster.total('api', 'ready')).toBe(2);
  });

  it('is replaced by the fix although it never became ready', () => {
    const cluster = new SimulatedCluster(spec({ target: 'bad' }));
    cluster.settle();
    cluster.spec.target = 'fix';
    cluster.settle();
    expect(stableOf(cluster)).toBe('fix');
    expect(revisionsWithPods(cluster)).toEqual(['fix']);
  });

  it('is not brought up while rollouts are frozen', () => {
    const cluster = new SimulatedCluster(spec());
    cluster.frozen = true;
    cluster.settle();
    expect(cluster.writes).toEqual([]);
  });
});

describe('a change', () => {
  it('makes a revision that takes over step by step, each written down', () => {
    const cluster = changed('two');
    cluster.settle();
    expect(rolesOf(cluster)).toEqual({ one: 'Retired', two: 'Stable' });
    expect(revisionsWithPods(cluster)).toEqual(['two']);
    expect(stepsOf(cluster, 'rollout-1')).toEqual([
      ['Capacity', true],
      ['Endpoints', true],
      ['Roles', true],
      ['Removal', true],
    ]);
    expect(cluster.operations.get('rollout-1')).toMatchObject({ from: 'one', to: 'two', outcome: 'Succeeded' });
  });

  it('keeps the counts to which the autoscalers have gone', () => {
    const cluster = changed('one');
    cluster.autoscale('api', 7);
    cluster.autoscale('compute', 5);
    cluster.settle();
    cluster.spec.target = 'two';
    cluster.settle();
    expect(cluster.pods.get('two/api')).toMatchObject({ wanted: 7, ready: 7 });
    expect(cluster.pods.get('two/compute')).toMatchObject({ wanted: 5, ready: 5 });
  });

  it('keeps the count of workers although there is no room for both revisions', () => {
    const cluster = changed('one', { partitions: 4 });
    cluster.autoscale('compute', 4);
    cluster.settle();
    cluster.spec.target = 'two';
    let most = 0;
    for (let turn = 0; turn < 200; turn++) {
      cluster.operate();
      cluster.follow();
      cluster.runPods();
      most = Math.max(most, cluster.total('compute', 'wanted'));
    }
    expect(most).toBe(4);
    expect(cluster.pods.get('two/compute')).toMatchObject({ wanted: 4, ready: 4 });
    expect(cluster.computeMaximum).toBe(4);
  });

  it('of a change keeps the count of workers that the first one began with', () => {
    const cluster = makingRoom();
    cluster.spec.target = 'three';
    cluster.settle();
    expect(cluster.pods.get('three/compute')).toMatchObject({ wanted: 4, ready: 4 });
  });

  it('that is taken back returns to the former revision as it stands, without new pods', () => {
    const cluster = changed('bad');
    run(cluster, 20);
    const before = cluster.writes.length;
    cluster.spec.target = 'one';
    cluster.settle();
    const since = cluster.writes.slice(before);
    expect(since.filter((action) => action.do === 'ensure' || action.do === 'make')).toEqual([]);
    expect(rolesOf(cluster)).toEqual({ one: 'Stable', bad: 'Retired' });
    expect(revisionsWithPods(cluster)).toEqual(['one']);
    expect(cluster.operations.get('rollout-1')?.outcome).toBe('Superseded');
  });

  it('of a change replaces what was being brought up', () => {
    const cluster = changed('bad');
    run(cluster, 20);
    cluster.spec.target = 'three';
    cluster.settle();
    expect(rolesOf(cluster)).toEqual({ one: 'Retired', bad: 'Retired', three: 'Stable' });
    expect([...cluster.operations.values()].map(({ outcome }) => outcome)).toEqual(['Superseded', 'Succeeded']);
  });

  it('waits while rollouts are frozen, and goes on afterwards', () => {
    const cluster = changed('two');
    cluster.frozen = true;
    cluster.settle();
    expect(revisionsWithPods(cluster)).toEqual(['one']);
    cluster.frozen = false;
    cluster.settle();
    expect(stableOf(cluster)).toBe('two');
  });
});

describe('a revision that does not become ready', () => {
  const failing = () => {
    const cluster = changed('bad');
    cluster.settle();
    cluster.now += PROGRESS_DEADLINE_MS;
    cluster.settle();
    return cluster;
  };

  it('is given up after the deadline, and its pods are removed', () => {
    const cluster = failing();
    expect(rolesOf(cluster)).toEqual({ one: 'Stable', bad: 'Failed' });
    expect(revisionsWithPods(cluster)).toEqual(['one']);
    expect(cluster.operations.get('rollout-1')?.outcome).toBe('Failed');
  });

  it('is not tried again by itself, also not after another change and back', () => {
    const cluster = failing();
    cluster.spec.target = 'two';
    cluster.settle();
    cluster.spec.target = 'bad';
    cluster.settle();
    expect(stableOf(cluster)).toBe('two');
    expect(revisionsWithPods(cluster)).toEqual(['two']);
  });

  it('is tried again when its record is deleted', () => {
    const cluster = failing();
    cluster.revisions.delete('bad');
    cluster.settle();
    expect(rolesOf(cluster)).toMatchObject({ bad: 'Candidate' });
    expect(revisionsWithPods(cluster)).toContain('bad');
  });

  it('gives the workers back that made room for it', () => {
    const cluster = makingRoom();
    cluster.spec.target = 'one';
    cluster.settle();
    expect(cluster.pods.get('one/compute')).toMatchObject({ wanted: 4, ready: 4 });
  });

  it('is waited for as long as nothing else serves', () => {
    const cluster = new SimulatedCluster(spec({ target: 'bad-one' }));
    cluster.settle();
    cluster.spec.target = 'bad-two';
    cluster.settle();
    cluster.now += 10 * PROGRESS_DEADLINE_MS;
    cluster.settle();
    expect(rolesOf(cluster)).toEqual({ 'bad-one': 'Stable', 'bad-two': 'Candidate' });
  });
});

describe('a stable revision below its least', () => {
  it('is not raised into partitions that others still have', () => {
    const cluster = changed('one', { partitions: 2, compute: { min: 2, max: 4 } });
    cluster.pods.set('one/compute', { wanted: 1, ready: 1, since: 0 });
    cluster.pods.set('two/compute', { wanted: 1, ready: 1, since: 0 });
    cluster.pods.set('one/api', { wanted: 2, ready: 0, since: 0 });
    cluster.operate();
    expect(cluster.total('compute', 'wanted')).toBe(2);
    cluster.settle();
    expect(cluster.pods.get('one/compute')?.wanted).toBe(2);
    expect(revisionsWithPods(cluster)).toEqual(['one']);
  });
});

describe('Deployments of an earlier release', () => {
  it('are taken over by a revision, and go only after it is ready', () => {
    const cluster = new SimulatedCluster(spec()).withLegacy({ api: 3, compute: 4 });
    let removedAt = -1;
    let readyAt = -1;
    for (let turn = 0; turn < 100; turn++) {
      cluster.operate();
      if (removedAt < 0 && !cluster.pods.has(`${LEGACY}/api`)) removedAt = turn;
      cluster.follow();
      cluster.runPods();
      if (readyAt < 0 && cluster.pods.get('one/api')?.ready === 3) readyAt = turn;
    }
    expect(readyAt).toBeGreaterThanOrEqual(0);
    expect(removedAt).toBeGreaterThan(readyAt);
    expect(revisionsWithPods(cluster)).toEqual(['one']);
    expect(cluster.pods.get('one/compute')?.wanted).toBe(4);
  });
});

describe('what is kept', () => {
  it('is the declared number of revisions, and ten operations', () => {
    const cluster = new SimulatedCluster(spec({ historyLimit: 3 }));
    cluster.settle();
    for (let index = 0; index < 15; index++) {
      cluster.spec.target = `r${index.toString()}`;
      cluster.now += 60_000;
      cluster.settle();
    }
    expect([...cluster.revisions.keys()].sort()).toEqual(['r11', 'r12', 'r13', 'r14']);
    expect(cluster.operations.size).toBe(10);
  });

  it('of operations goes after a week', () => {
    const cluster = changed('two');
    cluster.settle();
    cluster.now += 8 * 86_400_000;
    cluster.settle();
    expect(cluster.operations.size).toBe(0);
  });
});

type Event =
  | { readonly kind: 'operate'; readonly writes: number }
  | { readonly kind: 'follow' }
  | { readonly kind: 'pods' }
  | { readonly kind: 'fail'; readonly index: number }
  | { readonly kind: 'scale'; readonly component: 'api' | 'compute'; readonly wish: number }
  | { readonly kind: 'declare'; readonly target: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'freeze'; readonly frozen: boolean };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('operate' as const), writes: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 4, arbitrary: fc.constantFrom<Event>({ kind: 'follow' }, { kind: 'pods' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('scale' as const),
      component: fc.constantFrom('api' as const, 'compute' as const),
      wish: fc.integer({ min: 0, max: 15 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('declare' as const),
      target: fc.constantFrom('one', 'two', 'three', 'bad-a', 'bad-b'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), index: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 400_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('freeze' as const), frozen: fc.boolean() }) },
);

function happen(cluster: SimulatedCluster, one: Event): void {
  if (one.kind === 'operate') cluster.operate(one.writes);
  else if (one.kind === 'follow') cluster.follow();
  else if (one.kind === 'pods') cluster.runPods();
  else if (one.kind === 'fail') cluster.fail(one.index);
  else if (one.kind === 'scale') cluster.autoscale(one.component, one.wish);
  else if (one.kind === 'declare') cluster.spec.target = one.target;
  else if (one.kind === 'wait') cluster.now += one.ms;
  else cluster.frozen = one.frozen;
}

/** What must hold at every instant: there are never more workers than partitions (one is idle for a moment where there is only one). */
function expectRoom(cluster: SimulatedCluster, { partitions }: SimulatedSpec): void {
  expect(cluster.total('compute', 'wanted')).toBeLessThanOrEqual(partitions === 1 ? 2 : partitions);
}

/** What must hold once pods have had the time to be ready. */
function expectService(cluster: SimulatedCluster, declared: SimulatedSpec): void {
  expectRoom(cluster, declared);
  expect(cluster.total('api', 'ready')).toBeGreaterThanOrEqual(declared.api.min);
  expect(cluster.total('compute', 'ready')).toBeGreaterThanOrEqual(1);
}

/** Pods come and go by themselves; a write of the operator must never be what takes the service away. */
function guard(cluster: SimulatedCluster, { api }: SimulatedSpec): void {
  const readyOf = (name: string, component: 'api' | 'compute') => cluster.pods.get(`${name}/${component}`)?.ready ?? 0;
  const serves = (name: string) => readyOf(name, 'api') >= api.min && readyOf(name, 'compute') >= 1;
  cluster.beforeWrite = (action) => {
    const stable = stableOf(cluster);
    if (action.do === 'role' && action.role === 'Stable' && stable !== undefined)
      expect(serves(action.revision), `${action.revision} takes over`).toBe(true);
    if (action.do !== 'remove') return;
    expect(action.revision).not.toBe(stable);
    if (readyOf(action.revision, action.component) === 0) return;
    expect(serves(stable ?? ''), `${action.revision} is removed beside ${stable ?? 'nothing'}`).toBe(true);
    expect(cluster.scalers[action.component], 'an autoscaler still names what is removed').toBe(stable);
    expect(cluster.budgets[action.component], 'a budget still names what is removed').toBe(stable);
  };
}

describe('whatever happens, and wherever the operator ends', () => {
  const specs = fc.record({
    target: fc.constant('one'),
    partitions: fc.constantFrom(1, 2, 3, 4, 12),
    api: fc.constantFrom({ min: 1, max: 3 }, { min: 2, max: 10 }),
    compute: fc.constantFrom({ min: 1, max: 20 }, { min: 2, max: 4 }),
  });

  const runs = fc.record({
    declared: specs,
    isLegacy: fc.boolean(),
    events: fc.array(event, { maxLength: 250, size: 'max' }),
    last: fc.constantFrom('one', 'two', 'last'),
  });

  it('the service is up, workers never exceed the partitions, and in the end all is as declared', () => {
    fc.assert(
      fc.property(runs, ({ declared, isLegacy, events, last }) => {
        const cluster = new SimulatedCluster(declared);
        if (isLegacy) cluster.withLegacy({ api: declared.api.min, compute: 1 });
        else cluster.settle();
        guard(cluster, declared);
        for (const one of events) {
          happen(cluster, one);
          expectRoom(cluster, declared);
        }
        cluster.frozen = false;
        cluster.spec.target = last;
        expect(cluster.settle()).toBeLessThan(500);
        expect(stableOf(cluster)).toBe(last);
        expect(revisionsWithPods(cluster)).toEqual([last]);
        expect([...cluster.operations.values()].every(({ outcome }) => outcome !== undefined)).toBe(true);
        expectService(cluster, declared);
      }),
      { numRuns: 400 },
    );
  });

  it('at rest nothing is written', () => {
    fc.assert(
      fc.property(specs, fc.array(event, { maxLength: 150, size: 'max' }), (declared, events) => {
        const cluster = new SimulatedCluster(declared);
        for (const one of events) happen(cluster, one);
        cluster.settle();
        const rest = decide(cluster.world()).filter(({ do: what }) => what !== 'ensure');
        expect(rest).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
