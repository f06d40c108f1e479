import { ApiError, FakeClock, type Namespace } from '@tagservice/controller-runtime';
import type { TagServiceStatus } from '@tagservice/crd';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { actEvents } from '../reasons.ts';
import type { TagServiceObject } from '../resource.ts';
import { stalled, waiting, type Outcome } from '../step/outcome.ts';
import { DriftLog } from './drift-log.ts';
import { FINALIZER } from './finalizer.ts';
import { waitOrLetGo, type LetGoOptions } from './let-go.ts';
import { serviceMetrics } from './metrics.ts';
import { NamespaceBudget } from './namespace-budget.ts';

const topics = ['tags.demo.tag-requests', 'tags.demo.tag-results', 'tags.demo.tag-dead-letters'];
const blocked = waiting('DeletionBlocked', 'Kafka at broker:9092 has not answered yet');

let clock: FakeClock;
let warnings: { message: string; fields: object }[];
let registry: Registry;
let finalizers: string[] | undefined;
let statuses: TagServiceStatus[];
let events: { regarding: string; reason: string; type: string; note: string }[];
let isGoing: boolean;
let refusal: ApiError | undefined;
let options: LetGoOptions;

const object = (): TagServiceObject =>
  ({
    metadata: {
      namespace: 'tags',
      name: 'demo',
      uid: 'u1',
      resourceVersion: '1',
      finalizers: [FINALIZER],
      generation: 2,
    },
  }) as unknown as TagServiceObject;
const namespace = () =>
  ({
    kind: 'Namespace',
    metadata: { name: 'tags', ...(isGoing && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  }) as Namespace;

beforeEach(() => {
  clock = new FakeClock();
  warnings = [];
  registry = new Registry();
  finalizers = [FINALIZER];
  statuses = [];
  events = [];
  isGoing = true;
  refusal = undefined;
  const client = {
    find: () => Promise.resolve(namespace() as never),
    patch: (_resource: unknown, _key: unknown, { patch }: { patch: object }) => {
      if (refusal !== undefined) return Promise.reject(refusal);
      finalizers = (patch as { metadata: { finalizers: string[] } }).metadata.finalizers;
      return Promise.resolve(object() as never);
    },
  };
  options = {
    client,
    budget: new NamespaceBudget({ client, clock }),
    events: {
      record: (regarding, { reason, type, note }) => {
        events.push({ regarding: `${regarding.kind ?? 'TagService'} ${regarding.metadata.name}`, reason, type, note });
      },
      flush: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    },
    statuses: {
      last: () => statuses.at(-1),
      write: (_object: unknown, status: TagServiceStatus) => {
        statuses.push(status);
        return Promise.resolve('written');
      },
    } as unknown as LetGoOptions['statuses'],
    metrics: serviceMetrics(registry),
    drift: new DriftLog(),
    now: () => clock.now(),
  };
});

const note = () => undefined;
const log = {
  debug: note,
  info: note,
  error: note,
  warn: (fields: object, message: string) => warnings.push({ fields, message }),
};
const look = (outcome: Outcome = blocked, names: readonly string[] = topics) =>
  waitOrLetGo(options, {
    object: object(),
    context: { signal: new AbortController().signal, log } as never,
    found: { outcomes: { TopicsReady: outcome } },
    topics: names,
  });
const message = () => statuses.at(-1)?.conditions?.find(({ type }) => type === 'TopicsReady')?.message ?? '';
const kept = async () =>
  (await registry.getSingleMetric('tagservice_operator_topics_kept_total')?.get())?.values[0]?.value;

describe('a deletion that waits for Kafka', () => {
  it('goes on waiting for days while its namespace stays, and says nothing of namespaces', async () => {
    isGoing = false;
    await look();
    await clock.advance(3 * 86_400_000);
    expect(await look()).toEqual({ requeueAfter: 5_000 });
    expect(finalizers).toEqual([FINALIZER]);
    expect(message()).toBe(blocked.message);
  });

  it('says until when it waits once the namespace is being deleted', async () => {
    expect(await look()).toEqual({ requeueAfter: 5_000 });
    expect(message()).toBe(
      `${blocked.message}; namespace tags is being deleted, so this is waited for until 2026-01-01T00:00:30Z; then the topics are kept`,
    );
  });

  it('is looked at again just when the time is over', async () => {
    await look();
    await clock.advance(28_000);
    expect(await look()).toEqual({ requeueAfter: 2_000 });
    expect(finalizers).toEqual([FINALIZER]);
  });

  it('is let go after 30 s, with the topics named in the log, in an event that can be written, and counted', async () => {
    await look();
    await clock.advance(30_000);
    events = [];
    expect(await look()).toBeUndefined();
    expect(finalizers).toEqual([]);
    const text = `namespace tags is being deleted, and the TagService is let go after 30 s with the topics that still exist of ${topics.join(', ')} left in Kafka: ${blocked.message}`;
    expect(warnings.at(-1)).toEqual({ message: text, fields: { reason: 'TopicsKept', topics } });
    expect(events).toEqual([{ regarding: 'Namespace tags', reason: 'TopicsKept', type: 'Warning', note: text }]);
    expect(Object.keys(actEvents)).toContain('TopicsKept');
    expect(await kept()).toBe(3);
  });

  it('names all topics in its event, however long the trouble is', async () => {
    const long = waiting('DeletionBlocked', 'x'.repeat(4_000));
    await look(long);
    await clock.advance(30_000);
    events = [];
    await look(long);
    const note = events[0]?.note ?? '';
    expect(note.length).toBeLessThan(1_024);
    for (const name of topics) expect(note).toContain(name);
  });

  it.each([
    waiting('Deleting', 'waiting for 2 pods to stop'),
    waiting('DeletionBlocked', '7 messages of topic tags.demo.tag-requests wait'),
    { kind: 'failed', reason: 'ApiServerRefused', message: 'cannot delete volumes', error: undefined } as Outcome,
  ])('is let go as well where the reason is another: $message', async (outcome) => {
    await look(outcome);
    await clock.advance(30_000);
    expect(await look(outcome)).toBeUndefined();
    expect(warnings.at(-1)?.message).toContain(outcome.message);
  });

  it('keeps nothing and tells no event where the topics belong to another TagService', async () => {
    await look(blocked, []);
    await clock.advance(30_000);
    events = [];
    expect(await look(blocked, [])).toBeUndefined();
    expect(events).toEqual([]);
    expect(await kept()).toBe(0);
    expect(warnings.at(-1)?.message).toContain('with no topics of its own left in Kafka');
  });

  it('is neither counted nor done when the finalizer cannot be taken off; that is told and tried again', async () => {
    await look();
    await clock.advance(30_000);
    refusal = new ApiError({ code: 403, message: 'cannot patch resource "tagservices"' }, 'PATCH');
    await expect(look()).rejects.toThrow('cannot patch');
    expect(message()).toContain('cannot patch resource "tagservices"');
    expect(await kept()).toBe(0);
    refusal = undefined;
    expect(await look()).toBeUndefined();
    expect(await kept()).toBe(3);
  });

  it('is left to the operator of its release where the definition is of another', async () => {
    const mismatch = stalled('DefinitionMismatch', 'another release');
    await look(mismatch);
    await clock.advance(300_000);
    expect(await look(mismatch)).toEqual({ requeueAfter: 10_000 });
    expect(finalizers).toEqual([FINALIZER]);
    expect(message()).toBe('another release');
  });
});
