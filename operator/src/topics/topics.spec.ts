import fc from 'fast-check';
import {
  memoryTopicAdmin,
  MemoryBroker,
  TopicRefused,
  type TopicAdmin,
  type TopicDescription,
} from '@tagservice/event-bus';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { namesOf } from '../children/names.ts';
import { AbandonedError, applyTopics } from './topics.apply.ts';
import { planTopics, wantedTopics } from './topics.plan.ts';
import { topicsResult, unreachableResult } from './topics.status.ts';

const { spec, ...demo } = service();
const { topics } = namesOf({ ...demo, spec });
const wanted = wantedTopics(spec.kafka, topics);
const [requests] = wanted;
const going = new AbortController().signal;

const found = (more: Partial<TopicDescription> = {}): TopicDescription => ({
  name: requests!.name,
  id: 'id',
  partitions: 12,
  replicationFactor: 3,
  places: [],
  offlinePartitions: 0,
  configs: { ...requests!.configs, 'segment.bytes': '1' },
  overrides: [],
  ...more,
});
const plan = (topic: TopicDescription) => planTopics([requests!], [topic]);

describe('the plan for topics', () => {
  it('declares three topics with their retention in milliseconds', () => {
    expect(wanted.map(({ name, configs }) => [name, configs['retention.ms']])).toEqual([
      ['tags.demo.tag-requests', '86400000'],
      ['tags.demo.tag-results', '86400000'],
      ['tags.demo.tag-dead-letters', '604800000'],
    ]);
  });

  it('makes what is missing', () => {
    expect(planTopics(wanted, []).map(({ kind }) => kind)).toEqual(['create', 'create', 'create']);
  });

  it('does nothing to a topic that is as declared, whatever else is set on it', () => {
    expect(plan(found())).toEqual([]);
  });

  it('never looks at a topic that nobody declared', () => {
    expect(planTopics(wanted, [found({ name: 'other' })])).toHaveLength(3);
  });

  it('changes only the settings that differ', () => {
    const configs = { ...requests!.configs, 'retention.ms': '1' };
    expect(plan(found({ configs }))).toEqual([
      { kind: 'configure', name: requests!.name, configs: { 'retention.ms': '86400000' } },
    ]);
  });

  it('adds partitions, and refuses to remove them with the number to declare', () => {
    expect(plan(found({ partitions: 6 }))).toEqual([{ kind: 'grow', name: requests!.name, partitions: 12 }]);
    expect(plan(found({ partitions: 24 }))).toMatchObject([
      { kind: 'refuse', reason: 'PartitionsCannotShrink', message: expect.stringContaining('declare 24') },
    ]);
  });

  it('refuses another replication factor, and still changes the rest', () => {
    const actions = plan(found({ replicationFactor: 1, partitions: 6 }));
    expect(actions).toMatchObject([{ kind: 'refuse', reason: 'ReplicationFactorFixed' }, { kind: 'grow' }]);
  });

  it('has nothing left to do once it was carried out', async () => {
    const partitions = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(partitions, partitions, fc.constantFrom('1h', '7d'), async (before, after, retention) => {
        const admin = memoryTopicAdmin(new MemoryBroker());
        const specOf = (count: number, time: string) =>
          wantedTopics(
            service({
              kafka: {
                brokers: ['k:1'],
                requests: { partitions: count, replicationFactor: 1, minInSyncReplicas: 1, retention: time },
              },
            }).spec.kafka,
            topics,
          ).slice(0, 1);
        for (const step of [specOf(before, '24h'), specOf(after, retention)])
          await applyTopics(admin, planTopics(step, await admin.describe([topics.requests])), going);
        const left = planTopics(specOf(after, retention), await admin.describe([topics.requests]));
        expect(left.filter(({ kind }) => kind !== 'refuse')).toEqual([]);
        expect(left).toHaveLength(after < before ? 1 : 0);
      }),
      { numRuns: 40 },
    );
  });
});

describe('carrying out the plan', () => {
  const refusing: TopicAdmin = {
    ...memoryTopicAdmin(new MemoryBroker()),
    create: (topic) =>
      topic.name === topics.requests
        ? Promise.reject(new TopicRefused(topic.name, 'INVALID_REPLICATION_FACTOR', { detail: 'only 1 broker' }))
        : Promise.resolve(true),
  };

  it('tells what the broker refuses for one topic, and goes on with the others', async () => {
    const problems = await applyTopics(refusing, planTopics(wanted, []), going);
    expect(problems).toMatchObject([{ topic: topics.requests, reason: 'TopicRefused' }]);
    expect(problems[0]?.message).toContain(
      'create topic tags.demo.tag-requests with 12 partitions and replication factor 3',
    );
    expect(problems[0]?.message).toContain('INVALID_REPLICATION_FACTOR');
  });

  it('makes no change once nobody waits for it any more', async () => {
    const admin = memoryTopicAdmin(new MemoryBroker());
    await expect(applyTopics(admin, planTopics(wanted, []), AbortSignal.abort())).rejects.toBeInstanceOf(
      AbandonedError,
    );
    expect(await admin.describe(wanted.map(({ name }) => name))).toEqual([]);
  });
});

describe('what status tells of topics', () => {
  const all = wanted.map(({ name }) => found({ name, id: `id-${name}` }));

  it('is that they are as declared, with their identities', () => {
    const result = topicsResult({ wanted, found: all, problems: [] });
    expect(result.outcome).toMatchObject({ kind: 'done', reason: 'TopicsAsDeclared' });
    expect(result.topics[0]).toEqual({
      name: topics.requests,
      partitions: 12,
      id: `id-${topics.requests}`,
      ready: true,
    });
  });

  it('names partitions without a leader', () => {
    const result = topicsResult({ wanted, found: [found({ offlinePartitions: 5 }), ...all.slice(1)], problems: [] });
    expect(result.outcome).toMatchObject({
      reason: 'PartitionsOffline',
      message: expect.stringContaining('5 of 12 partitions'),
    });
    expect(result.topics.map(({ ready }) => ready)).toEqual([false, true, true]);
  });

  it('puts first what a person has to mend', () => {
    const problems = [
      { topic: topics.results, reason: 'TopicRefused' as const, message: 'refused' },
      { topic: topics.requests, reason: 'ReplicationFactorFixed' as const, message: 'fixed' },
    ];
    expect(topicsResult({ wanted, found: all, problems }).outcome).toMatchObject({
      kind: 'stalled',
      reason: 'ReplicationFactorFixed',
      message: 'refused; fixed',
    });
  });

  it('is that a topic just made is not seen yet', () => {
    expect(topicsResult({ wanted, found: all.slice(1), problems: [] }).outcome).toMatchObject({ reason: 'Checking' });
  });

  it('keeps what was known while no broker answers, and calls nothing ready', () => {
    const last = [{ name: topics.requests, partitions: 12, id: 'x', ready: true }];
    const result = unreachableResult({ wanted, brokers: ['a:1', 'b:2'], problem: 'ECONNREFUSED', last });
    expect(result.outcome).toMatchObject({
      reason: 'KafkaUnreachable',
      message: expect.stringContaining('a:1, b:2 (ECONNREFUSED)'),
    });
    expect(result.topics).toMatchObject([
      { partitions: 12, id: 'x', ready: false },
      { partitions: 0, ready: false },
      { partitions: 0, ready: false },
    ]);
  });
});
