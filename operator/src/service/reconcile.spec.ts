import { ApiError, FakeClock, silentLogger, type ReconcileContext } from '@tagservice/controller-runtime';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { cacheOf } from '../../test/fixtures.ts';
import type { TagServiceObject } from '../resource.ts';
import { advisory, done, stalled, type Outcome } from '../step/outcome.ts';
import type { Step, StepContext, StepReport } from '../step/step.ts';
import { DriftLog } from './drift-log.ts';
import { FINALIZER } from './finalizer.ts';
import { serviceMetrics } from './metrics.ts';
import { tagServiceReconciler, type ReconcilerOptions } from './reconcile.ts';
import { StatusWriter } from './status-writer.ts';
import { PARTS, STEADY_MS } from './summary.ts';

const key = { namespace: 'tags', name: 'demo' };
const context = {
  signal: new AbortController().signal,
  log: silentLogger,
} as unknown as ReconcileContext;

type Version = { generation: number; version: string; workers: number; finalizers?: string[] };
const object = ({ generation, version, workers, finalizers }: Version): TagServiceObject =>
  ({
    apiVersion: 'tagservice.dev/v1alpha1',
    kind: 'TagService',
    metadata: { ...key, uid: 'u1', generation, resourceVersion: version, ...(finalizers && { finalizers }) },
    spec: { kafka: { brokers: ['k:1'], deletionPolicy: 'Delete' }, scaling: { compute: { min: workers } } },
  }) as unknown as TagServiceObject;

/** The resource as the API server has it, and as the cache of the operator shows it. */
let stored: TagServiceObject;
let cached: TagServiceObject;
/** Least workers that the steps were told to make. */
let acted: number[];

let outcome: Outcome;

/** A step that does at once what the spec says. */
const step: Step = {
  concern: 'all',
  reports: PARTS,
  run({ service }: StepContext) {
    acted.push(service.spec.scaling.compute.min);
    return Promise.resolve({ outcomes: Object.fromEntries(PARTS.map((type) => [type, outcome])) });
  },
};

const client = {
  find: () => Promise.resolve(stored as never),
  patch: (_resource: unknown, _key: unknown, { patch }: { patch: object }) => {
    const { metadata, ...rest } = patch as Pick<TagServiceObject, 'metadata' | 'status'>;
    const { resourceVersion } = stored.metadata;
    if (metadata.resourceVersion !== resourceVersion)
      return Promise.reject(new ApiError({ code: 409, reason: 'Conflict' }, 'PATCH'));
    const version = { resourceVersion: String(Number(resourceVersion) + 1) };
    stored = { ...stored, ...rest, metadata: { ...stored.metadata, ...metadata, ...version } };
    return Promise.resolve(stored as never);
  },
};

let clock: FakeClock;
let metricsApiProblem: string | undefined;

function reconciler(steps: readonly Step[]) {
  const options = {
    client,
    cache: { store: (resource: never) => cacheOf([cached]).store(resource) },
    clock,
    now: () => clock.now(),
    events: { record: () => undefined },
    statuses: new StatusWriter(client),
    metrics: serviceMetrics(new Registry()),
    drift: new DriftLog(),
    definitionProblem: () => undefined,
    rollouts: { prepare: () => Promise.resolve() },
    metricsApiProblem: () => metricsApiProblem,
    steps,
  } as unknown as ReconcilerOptions;
  return tagServiceReconciler(options);
}

const reconcile = () => reconciler([step])(key, context);

beforeEach(() => {
  acted = [];
  outcome = done('PodsRunning', 'as declared');
  clock = new FakeClock();
  metricsApiProblem = undefined;
  cached = object({ generation: 1, version: '1', workers: 1 });
  stored = cached;
});

const ready = () => stored.status?.conditions?.find(({ type }) => type === 'Ready');

describe('a TagService whose topics have to be deleted with it', () => {
  it('is protected before anything is made, and told of as it is then', async () => {
    await reconcile();
    expect(stored.metadata.finalizers).toEqual([FINALIZER]);
    expect(acted).toEqual([1]);
    expect(ready()).toMatchObject({ status: 'True', observedGeneration: 1 });
  });

  it('is not called ready for a declaration that was found while it was being protected, and that nobody has acted on', async () => {
    stored = object({ generation: 2, version: '5', workers: 7 });
    const result = await reconcile();
    expect(ready()).toBeUndefined();
    expect(acted).toEqual([]);
    expect(result?.requeueAfter).toBeGreaterThan(0);

    cached = stored;
    await reconcile();
    expect(acted).toEqual([7]);
    expect(ready()).toMatchObject({ status: 'True', observedGeneration: 2 });
  });
});

describe('a TagService at rest', () => {
  /** What is in Kafka, of which no watch tells. */
  let lag: number;
  let corrections: StepReport['corrections'];
  let looks: number;
  let run: ReturnType<typeof reconciler>;

  const unwatched: Step = {
    concern: 'lag',
    reports: ['LagKnown'],
    isUnwatched: true,
    run: () => {
      looks += 1;
      return Promise.resolve({ outcomes: {}, status: { scaling: { lag } }, ...(corrections && { corrections }) });
    },
  };
  /** The time for the next look has come, and nothing else has happened. */
  const later = async (ms = 10_000) => {
    await clock.advance(ms);
    return run(key, { ...context, onlyTime: true });
  };

  beforeEach(async () => {
    lag = 0;
    corrections = undefined;
    looks = 0;
    run = reconciler([unwatched, step]);
    await run(key, context);
    cached = stored;
    await later();
    expect([acted.length, looks]).toEqual([2, 2]);
  });

  it('is looked at only where no watch tells of changes, and as a whole every eight to ten minutes', async () => {
    for (let look = 1; look <= 47; look += 1) expect(await later()).toEqual({ requeueAfter: STEADY_MS });
    expect([acted.length, looks]).toEqual([2, 49]);
    for (let look = 48; look <= 60; look += 1) await later();
    expect(acted).toHaveLength(3);
  });

  it('is looked at as a whole as soon as anything is told', async () => {
    await run(key, { ...context, onlyTime: false });
    expect(acted).toHaveLength(3);
  });

  it('is looked at as a whole where the cache shows another version of it', async () => {
    cached = { ...cached };
    await later();
    expect(acted).toHaveLength(3);
  });

  it('is looked at as a whole when Kafka has changed, which is not asked twice for that', async () => {
    lag = 7;
    await later();
    expect([acted.length, looks]).toEqual([3, 3]);
    expect(stored.status?.scaling).toEqual({ lag: 7 });
  });

  it('is not at rest while something is wrong, whose step may try again', async () => {
    outcome = stalled('NameTaken', 'Secret x exists');
    await run(key, context);
    cached = stored;
    for (let look = 1; look <= 3; look += 1) await later();
    expect(acted).toHaveLength(6);
  });

  it('rests with a warning that is seen where it arises, and is looked at as often as that wants', async () => {
    outcome = advisory('AutoscalersInactive', 'HorizontalPodAutoscaler x is not active');
    await run(key, context);
    cached = stored;
    await later();
    expect(acted).toHaveLength(4);
    for (let look = 1; look <= 3; look += 1) expect(await later()).toEqual({ requeueAfter: 5_000 });
    expect(acted).toHaveLength(4);
  });

  it('is looked at as a whole when the metrics API is no longer ours', async () => {
    metricsApiProblem = 'somebody else has it';
    await later();
    expect(acted).toHaveLength(3);
  });

  it('is looked at as a whole when something was put right, and the next time too', async () => {
    corrections = [{ object: 'Topic t', cause: 'drift', fields: [] }];
    await later();
    corrections = undefined;
    await later();
    expect(acted).toHaveLength(4);
    await later();
    expect(acted).toHaveLength(4);
  });
});
