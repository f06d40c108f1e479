import fc from 'fast-check';
import {
  memoryTopicAdmin,
  MemoryBroker,
  TopicRefused,
  type TopicAdmin,
  type TopicDescription,
} from '@tagservice/event-bus';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { beforeEach, describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { found, record, requests, topics, wanted } from '../../test/topics.ts';
import { applyTopics } from './topics.apply.ts';
import { lookAtTopics } from './topics.look.ts';
import { changeRules, planTopics, settingsOf, type TopicRecord } from './topics.plan.ts';
import { AbandonedError } from './topics.problem.ts';
import type { TopicsResult } from './topics.status.ts';

const rules = changeRules(service().spec.kafka);
const going = new AbortController().signal;

const plan = (topic: TopicDescription, last: TopicRecord[] = []) =>
  planTopics({ wanted: [requests], found: [topic], last, rules })[0];
const missing = planTopics({ wanted, found: [], last: [], rules });

describe('the plan for topics', () => {
  it('declares three topics with their retention in milliseconds', () => {
    expect(wanted.map(({ name, configs }) => [name, configs['retention.ms']])).toEqual([
      ['tags.demo.tag-requests', '86400000'],
      ['tags.demo.tag-results', '86400000'],
      ['tags.demo.tag-dead-letters', '604800000'],
    ]);
  });

  it('makes what is missing', () => {
    expect(missing.map(({ kind }) => kind)).toEqual(['create', 'create', 'create']);
  });

  it('does nothing to a topic that is as declared, whatever else is set on it', () => {
    expect(plan(found())).toMatchObject({ changes: [], reported: [] });
  });

  it('never looks at a topic that nobody declared', () => {
    expect(planTopics({ wanted, found: [found({ name: 'other' })], last: [], rules })).toHaveLength(3);
  });

  it('changes only the settings that differ', () => {
    const configs = { ...requests.configs, 'retention.ms': '1' };
    expect(plan(found({ configs }))).toMatchObject({
      changes: [{ setting: 'retention.ms', found: '1', wanted: '86400000', drift: false }],
    });
  });

  it('calls it drift when what was applied is what is declared, and a new declaration when it is not', () => {
    const configs = { ...requests.configs, 'retention.ms': '1' };
    expect(plan(found({ configs }), [record()])).toMatchObject({ changes: [{ drift: true }] });
    const applied = { ...settingsOf(requests), 'retention.ms': '1' };
    expect(plan(found({ configs }), [record({ applied })])).toMatchObject({ changes: [{ drift: false }] });
  });

  it('asks for no more in-sync copies than there are copies, until they are there', () => {
    const configs = { ...requests.configs, 'min.insync.replicas': '1' };
    const settings = (replicationFactor: number): string[] => {
      const planned = plan(found({ configs, replicationFactor }));
      return planned?.kind === 'change' ? planned.changes.map(({ setting }) => setting) : [];
    };
    expect(settings(1)).toEqual(['replicationFactor']);
    expect(settings(2)).toEqual(['replicationFactor', 'min.insync.replicas']);
    expect(settings(3)).toEqual(['min.insync.replicas']);
  });
});

type Kafka = TagServiceSpecInput['kafka'];

/** A service on a broker in memory; each look is given the status of the one before. */
class World {
  readonly broker = new MemoryBroker({ brokers: [1, 2, 3] });
  readonly admin = memoryTopicAdmin(this.broker);
  status: TopicRecord[] = [];

  async look(
    requestsTopic: Kafka['requests'] = {},
    more: Partial<TagServiceSpecInput & Kafka> = {},
  ): Promise<TopicsResult> {
    const { mode, freeze, ...kafka } = more;
    const one = { partitions: 4, replicationFactor: 1, minInSyncReplicas: 1 };
    const declared = service({
      ...(mode !== undefined && { mode }),
      ...(freeze !== undefined && { freeze }),
      kafka: { brokers: ['k:1'], requests: { ...one, ...requestsTopic }, results: one, deadLetters: one, ...kafka },
    });
    const result = await lookAtTopics(this.admin, { ...declared, status: { topics: this.status } }, going);
    this.status = result.topics;
    return result;
  }

  async describe(): Promise<TopicDescription> {
    const [topic] = await this.admin.describe([topics.requests]);
    if (topic === undefined) throw new Error('no topic');
    return topic;
  }

  write(): void {
    this.broker.publish(topics.requests, [{ key: 'a', value: 'x' }]);
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe('partitions', () => {
  it('are added to a topic that never had a message', async () => {
    await world.look();
    expect((await world.look({ partitions: 6 })).outcome.kind).toBe('done');
    expect((await world.describe()).partitions).toBe(6);
  });

  it('are not added behind messages with keys, and the condition names the field to set', async () => {
    await world.look();
    world.write();
    const { outcome, topics: status } = await world.look({ partitions: 6 });
    expect(outcome).toMatchObject({ kind: 'stalled', reason: 'RekeyingNotAllowed' });
    expect(outcome.message).toContain('spec.kafka.requests.allowRekeying');
    expect(status[0]).toMatchObject({ partitions: 4, ready: false, reason: 'RekeyingNotAllowed' });
    expect(status.slice(1).map(({ ready }) => ready)).toEqual([true, true]);
    expect((await world.describe()).partitions).toBe(4);
  });

  it('are added when re-keying is allowed', async () => {
    await world.look();
    world.write();
    expect((await world.look({ partitions: 6, allowRekeying: true })).outcome.kind).toBe('done');
  });

  it('are never removed; the condition tells how many to declare', async () => {
    await world.look({ partitions: 6 });
    expect((await world.look({ partitions: 4 })).outcome).toMatchObject({
      kind: 'stalled',
      reason: 'PartitionsCannotShrink',
      message: expect.stringContaining('declare 6'),
    });
  });

  it('do not hold up other changes of the topic', async () => {
    await world.look();
    world.write();
    await world.look({ partitions: 6, retention: '1h' });
    expect((await world.describe()).configs['retention.ms']).toBe('3600000');
  });
});

describe('a topic that somebody alters', () => {
  beforeEach(async () => {
    await world.look();
    await world.admin.alterConfigs(topics.requests, { 'retention.ms': '5', 'max.message.bytes': '7' });
  });

  it('is put back, and the correction tells what was found and wanted', async () => {
    const { outcome, corrections } = await world.look();
    expect(outcome.kind).toBe('done');
    expect(corrections).toEqual([
      {
        object: `Topic ${topics.requests}`,
        cause: 'drift',
        fields: [{ path: 'retention.ms', found: '5', wanted: '86400000' }],
      },
    ]);
    expect((await world.describe()).configs).toMatchObject({ 'retention.ms': '86400000', 'max.message.bytes': '7' });
    expect((await world.look()).corrections).toEqual([]);
  });

  it('is left and told of under the policy Report, and the service stays ready', async () => {
    const { outcome, corrections } = await world.look({}, { driftPolicy: 'Report' });
    expect(outcome).toMatchObject({ kind: 'advisory', reason: 'TopicsDiffer' });
    expect(outcome.message).toContain('retention.ms is 5, declared is 86400000');
    expect(corrections).toEqual([]);
    expect((await world.describe()).configs['retention.ms']).toBe('5');
  });

  it('still gets what is newly declared under the policy Report', async () => {
    await world.look({}, { driftPolicy: 'Report' });
    const { outcome } = await world.look({ retention: '2h' }, { driftPolicy: 'Report' });
    expect(outcome.kind).toBe('done');
    expect((await world.describe()).configs['retention.ms']).toBe('7200000');
  });

  it('is left while topics are frozen, and what is held back is told', async () => {
    const { outcome, held } = await world.look({}, { freeze: ['Topics'] });
    expect(outcome).toMatchObject({ kind: 'advisory', reason: 'TopicsDiffer' });
    expect(held?.[0]).toContain('retention.ms is 5, wanted 86400000');
    expect((await world.describe()).configs['retention.ms']).toBe('5');
  });

  it('is planned and not changed in mode Plan', async () => {
    const { planned } = await world.look({ partitions: 8 }, { mode: 'Plan' });
    expect(planned).toEqual([
      {
        object: `Topic/${topics.requests}`,
        action: 'update',
        fields: [
          { field: 'partitions', found: '4', wanted: '8' },
          { field: 'retention.ms', found: '5', wanted: '86400000' },
        ],
      },
    ]);
    expect(await world.describe()).toMatchObject({ partitions: 4, configs: { 'retention.ms': '5' } });
  });
});

describe('a topic that somebody deletes', () => {
  const anew = { name: topics.requests, partitions: 2, replicationFactor: 1, configs: {} };

  it('is made again, and it is said that its messages are gone', async () => {
    const [before] = (await world.look()).topics;
    await world.admin.delete(topics.requests);
    const { outcome, corrections, topics: status } = await world.look();
    expect(outcome).toMatchObject({ kind: 'waiting', reason: 'TopicReplaced' });
    expect(outcome.message).toContain('offsets begin at 0 again');
    expect(corrections).toMatchObject([{ object: `Topic ${topics.requests}`, cause: 'missing' }]);
    expect(status[0]).toMatchObject({ formerId: before?.id, ready: false, reason: 'TopicReplaced' });
    expect((await world.look()).outcome.kind).toBe('done');
    expect(world.status[0]).toMatchObject({ formerId: before?.id, ready: true });
  });

  it('and makes anew is brought to what is declared, whatever they made', async () => {
    await world.look();
    await world.admin.delete(topics.requests);
    await world.admin.create(anew);
    const { outcome, corrections } = await world.look();
    expect(outcome).toMatchObject({ reason: 'TopicReplaced' });
    expect(corrections?.[0]?.fields.map(({ path }) => path)).toContain('retention.ms');
    expect(await world.describe()).toMatchObject({ partitions: 4, configs: { 'retention.ms': '86400000' } });
    expect((await world.look()).outcome.kind).toBe('done');
  });

  it('is no surprise while it was never seen, as after the restore of a resource', async () => {
    await world.admin.create({ ...anew, partitions: 4 });
    expect((await world.look()).outcome.kind).toBe('done');
  });

  it('is not made while topics are frozen', async () => {
    expect((await world.look({}, { freeze: ['Topics'] })).outcome).toMatchObject({
      kind: 'stalled',
      reason: 'HeldByFreeze',
    });
    expect(await world.admin.describe([topics.requests])).toEqual([]);
  });
});

describe('any change of the declaration', () => {
  const declared = fc.record({
    partitions: fc.integer({ min: 1, max: 12 }),
    replicationFactor: fc.integer({ min: 1, max: 3 }),
    retention: fc.constantFrom('1h', '7d'),
    allowRekeying: fc.boolean(),
  });

  it('ends in a state that a further look leaves alone, with what cannot be done told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(declared, { minLength: 1, maxLength: 4 }), fc.boolean(), async (steps, used) => {
        const there = new World();
        for (const [index, step] of steps.entries()) {
          await there.look({ ...step, minInSyncReplicas: 1 });
          if (used && index === 0) there.write();
        }
        const last = { ...steps.at(-1), minInSyncReplicas: 1 };
        for (let looks = 0; looks < 12; looks += 1) await there.look(last);
        const before = await there.describe();
        const { outcome, topics: status } = await there.look(last);
        expect(await there.describe()).toEqual(before);
        expect(['done', 'stalled']).toContain(outcome.kind);
        expect(status[0]?.ready).toBe(before.partitions === last.partitions);
        expect(before.places.every(({ replicas }) => replicas.length === last.replicationFactor)).toBe(true);
        expect(before.configs['leader.replication.throttled.replicas']).toBeUndefined();
        expect([...(await there.admin.replicationRates([1, 2, 3])).values()]).toEqual([{}, {}, {}]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('carrying out the plan', () => {
  const refusing: TopicAdmin = {
    ...memoryTopicAdmin(new MemoryBroker({ brokers: [1, 2, 3] })),
    create: (topic) =>
      topic.name === topics.requests
        ? Promise.reject(new TopicRefused(topic.name, 'INVALID_REPLICATION_FACTOR', { detail: 'only 1 broker' }))
        : Promise.resolve(true),
  };

  it('tells what the broker refuses for one topic, and goes on with the others', async () => {
    const { problems, changed } = await applyTopics({
      admin: refusing,
      plans: missing,
      last: [],
      rules,
      signal: going,
    });
    expect(changed).toBe(true);
    expect(problems).toMatchObject([{ topic: topics.requests, reason: 'TopicRefused' }]);
    expect(problems[0]?.message).toContain(
      'create topic tags.demo.tag-requests with 12 partitions and replication factor 3',
    );
    expect(problems[0]?.message).toContain('INVALID_REPLICATION_FACTOR');
  });

  it('makes no change once nobody waits for it any more', async () => {
    const admin = memoryTopicAdmin(new MemoryBroker());
    const applying = applyTopics({ admin, plans: missing, last: [], rules, signal: AbortSignal.abort() });
    await expect(applying).rejects.toBeInstanceOf(AbandonedError);
    expect(await admin.describe(wanted.map(({ name }) => name))).toEqual([]);
  });
});
