import { FakeClock } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { MemoryBroker, memoryEventBus, memoryTopicAdmin, type TopicAdmin } from '@tagservice/event-bus';
import { beforeEach, describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { kafkaClients } from './kafka-clients.ts';
import { kafkaSecrets } from './kafka-secrets.ts';
import { kafkaWork, type KafkaWork } from './kafka-work.ts';
import { lagReader } from './lag-reader.ts';
import { TopicAdmins } from './topic-admins.ts';
import { TimeLimitError, within } from './within.ts';

const topic = { partitions: 2, replicationFactor: 1, minInSyncReplicas: 1 };
const demo = service({ kafka: { brokers: ['k:1'], requests: topic, results: topic, deadLetters: topic } });
const NAMES = ['tags.demo.tag-requests', 'tags.demo.tag-results', 'tags.demo.tag-dead-letters'];

let broker: MemoryBroker;
let admin: TopicAdmin;
let clock: FakeClock;
let work: KafkaWork;
const hanging = new Promise<never>(() => undefined);

const noSecrets = kafkaSecrets({
  client: { find: () => Promise.resolve(undefined) },
  contents: { follow: () => undefined, read: () => ({ kind: 'unknown' }), forget: () => undefined },
});
const clientsOf = (one: TopicAdmin) => kafkaClients(() => one, noSecrets);
const workOn = (one: TopicAdmin): KafkaWork => kafkaWork({ clients: clientsOf(one), clock, finished: () => undefined });

beforeEach(() => {
  broker = new MemoryBroker();
  admin = memoryTopicAdmin(broker);
  clock = new FakeClock();
  work = workOn(admin);
});

describe('topics of a service', () => {
  it('are made at the first look', async () => {
    expect((await work.topics(demo))?.outcome).toMatchObject({ kind: 'done' });
    expect((await admin.describe(NAMES)).map(({ name }) => name).sort()).toEqual([...NAMES].sort());
  });

  it('are made as soon as the broker comes back', async () => {
    broker.setAvailable(false);
    expect((await work.topics(demo))?.outcome).toMatchObject({ reason: 'KafkaUnreachable' });
    broker.setAvailable(true);
    await clock.advance(4_000);
    expect((await work.topics(demo))?.outcome).toMatchObject({ kind: 'done' });
  });

  it('that somebody deletes are made again', async () => {
    await work.topics(demo);
    await admin.delete(NAMES[1]!);
    await clock.advance(30_000);
    expect((await work.topics(demo))?.outcome).toMatchObject({ kind: 'done' });
    expect(await admin.describe(NAMES)).toHaveLength(3);
  });

  it('are looked at anew for another TagService of the name, whose former one took its topics with it', async () => {
    expect((await work.topics(demo))?.outcome).toMatchObject({ kind: 'done' });
    for (const name of NAMES) await admin.delete(name);
    const anew = { ...demo, metadata: { ...demo.metadata, uid: 'another' } };
    expect((await work.topics(anew))?.outcome).toMatchObject({ kind: 'done' });
    expect(await admin.describe(NAMES)).toHaveLength(3);
  });

  it('do not hold the caller up while the broker hangs, and say so in the end', async () => {
    work = workOn({ ...admin, describe: () => hanging });
    const first = work.topics(demo);
    await clock.advance(1_000);
    expect(await first).toBeUndefined();
    await clock.advance(8_000);
    expect((await work.topics(demo))?.outcome).toMatchObject({
      reason: 'KafkaUnreachable',
      message: expect.stringContaining('no answer within 8 s'),
    });
  });
});

describe('a service that goes while its copies are on their way', () => {
  it('leaves no limit behind, and closes its client only then', async () => {
    broker = new MemoryBroker({ brokers: [1, 2, 3] });
    admin = memoryTopicAdmin(broker);
    let closed = false;
    work = workOn({ ...admin, close: () => Promise.resolve(void (closed = true)) });
    const wide = { partitions: 2, replicationFactor: 3, minInSyncReplicas: 1 };
    await work.topics(demo);
    broker.replicas.hold(true);
    const grown = service({ kafka: { brokers: ['k:1'], requests: wide, results: topic, deadLetters: topic } });
    for (let looks = 0, status = {}; looks < 3; looks += 1) {
      const result = await work.topics({ ...grown, status });
      status = { topics: result?.topics };
      await clock.advance(1_000);
    }
    const rates = async () => [...(await admin.replicationRates([1, 2, 3])).values()];
    expect(await rates()).toEqual(Array.from({ length: 3 }, () => ({ leader: '10485760', follower: '10485760' })));
    work.forget('tags/demo');
    // The watch and the reconcile both find that it is gone.
    work.forget('tags/demo');
    expect(closed).toBe(false);
    await Promise.resolve();
    expect(closed).toBe(false);
    await expect.poll(() => closed).toBe(true);
    expect(await rates()).toEqual([{}, {}, {}]);
    expect((await admin.describe([NAMES[0]!]))[0]?.configs).not.toHaveProperty('leader.replication.throttled.replicas');
  });
});

describe('deleting the topics of a service', () => {
  /** The service with the status that the last look left. */
  let current: TagService;
  const remove = async () => {
    const removal = await work.deleteTopics(current);
    if (removal.kind === 'waits' && removal.topics !== undefined)
      current = { ...current, status: { topics: [...removal.topics] } };
    await clock.advance(1_000);
    return removal;
  };
  beforeEach(async () => {
    current = { ...demo, status: { topics: (await work.topics(demo))?.topics ?? [] } };
  });

  it('records which will go and where they end, before any goes', async () => {
    const bus = memoryEventBus({ broker });
    await bus.publish(NAMES[1]!, [{ key: 'a', value: 'x' }]);
    expect(await remove()).toMatchObject({ kind: 'waits', outcome: { reason: 'TopicsBeingDeleted' } });
    expect(current.status?.topics?.map(({ ends }) => ends)).toEqual([
      '0:0 1:0',
      expect.stringMatching(/:1/),
      '0:0 1:0',
    ]);
    expect(await admin.describe(NAMES)).toHaveLength(3);
    expect(await remove()).toEqual({ kind: 'gone' });
    expect(await admin.describe(NAMES)).toEqual([]);
  });

  it('leaves a topic that somebody made anew after the record', async () => {
    await remove();
    await admin.delete(NAMES[0]!);
    await admin.create({ name: NAMES[0]!, partitions: 1, replicationFactor: 1, configs: {} });
    expect(await remove()).toEqual({ kind: 'gone' });
    expect(await admin.describe(NAMES)).toMatchObject([{ name: NAMES[0] }]);
  });

  it('says why it cannot be done', async () => {
    broker.setAvailable(false);
    expect(await remove()).toMatchObject({
      outcome: { reason: 'DeletionBlocked', message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it('is not believed while a topic is still there', async () => {
    await remove();
    work = workOn({ ...admin, delete: () => Promise.resolve(true) });
    expect(await remove()).toMatchObject({ kind: 'waits', outcome: { message: expect.stringContaining(NAMES[0]!) } });
  });

  it('has no obstacle while nothing waits and nobody reads', async () => {
    expect(await work.obstacle(current)).toBeUndefined();
  });

  it('waits for work that is queued', async () => {
    await memoryEventBus({ broker }).publish(NAMES[0]!, [{ key: 'a', value: 'x' }]);
    const outcome = await work.obstacle(current);
    expect(outcome).toMatchObject({ reason: 'DeletionBlocked' });
    expect(outcome?.message).toContain('1 messages of topic tags.demo.tag-requests wait for group tags.demo.compute');
    expect(outcome?.message).toContain('Retain');
    expect(await remove()).toMatchObject({ outcome: { reason: 'DeletionBlocked' } });
    expect(await admin.describe(NAMES)).toHaveLength(3);
  });

  it('waits for others who read a topic, and counts them', async () => {
    await memoryEventBus({ broker }).subscribe({
      topics: [NAMES[1]!],
      group: 'billing',
      concurrency: 1,
      handle: () => Promise.resolve(),
      onCrash: () => undefined,
    });
    expect((await work.obstacle(current))?.message).toContain(
      'group billing has 1 members and a lag of 0 on topic tags.demo.tag-results: stop those consumers',
    );
  });

  it('waits for a change that is under way, which could bring one back', async () => {
    work = workOn({ ...admin, describe: () => hanging });
    const look = work.topics(demo);
    await clock.advance(1_000);
    await look;
    expect((await work.obstacle(demo))?.message).toContain('still under way');
  });

  it('waits for a broker that has not answered', async () => {
    work = workOn({ ...admin, describe: () => hanging });
    const asking = work.obstacle(current);
    await clock.advance(1_000);
    expect((await asking)?.message).toContain('has not answered yet');
  });
});

describe('the lag of a service', () => {
  const readerOn = (one: TopicAdmin) => lagReader({ clients: clientsOf(one), clock, finished: () => undefined });

  it('is the number of messages that wait', async () => {
    await work.topics(demo);
    const bus = memoryEventBus({ broker });
    await bus.publish(
      NAMES[0]!,
      [1, 2, 3].map((key) => ({ key: String(key), value: '{}', headers: {} })),
    );
    expect(await readerOn(admin).read(demo)).toMatchObject({ kind: 'known', total: 3 });
  });

  it('is unknown, and never zero, while the broker is away', async () => {
    broker.setAvailable(false);
    expect(await readerOn(admin).read(demo)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is unknown, and never zero, while the broker hangs', async () => {
    const reading = readerOn({ ...admin, lag: () => hanging }).read(demo);
    await clock.advance(1_500);
    expect(await reading).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('k:1') });
  });

  it('is pending until the first reading has ended, and not any more once it has failed', async () => {
    const reader = readerOn({ ...admin, lag: () => hanging });
    const first = reader.read(demo);
    await clock.advance(1_500);
    expect(await first).toMatchObject({ kind: 'unknown', pending: true });
    await clock.advance(3_500);
    expect(await reader.read(demo)).toMatchObject({ kind: 'unknown' });
    expect(await reader.read(demo)).not.toHaveProperty('pending');
  });

  it('stays as it was read while one reading fails, for half a minute', async () => {
    await work.topics(demo);
    const reader = readerOn(admin);
    expect(await reader.read(demo)).toMatchObject({ kind: 'known', total: 0 });
    broker.setAvailable(false);
    await clock.advance(29_000);
    expect(await reader.read(demo)).toMatchObject({ kind: 'known', total: 0 });
    await clock.advance(2_000);
    expect(await reader.read(demo)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('is not taken over from other brokers, nor from before the service was forgotten', async () => {
    await work.topics(demo);
    const reader = readerOn(admin);
    await reader.read(demo);
    broker.setAvailable(false);
    const moved = { ...demo, spec: { ...demo.spec, kafka: { ...demo.spec.kafka, brokers: ['k:2'] } } };
    expect(await reader.read(moved)).toMatchObject({ kind: 'unknown' });
    broker.setAvailable(true);
    await clock.advance(2_000);
    expect(await reader.read(moved)).toMatchObject({ kind: 'known' });
    broker.setAvailable(false);
    reader.forget('tags/demo');
    expect(await reader.read(moved)).toMatchObject({ kind: 'unknown' });
  });

  it('is asked for once in two seconds, whoever asks', async () => {
    let asked = 0;
    const reader = readerOn({
      ...admin,
      lag: () => {
        asked++;
        return Promise.resolve({ kind: 'known', total: 1, partitions: [] });
      },
    });
    await Promise.all([reader.read(demo), reader.read(demo), reader.read(demo)]);
    await reader.read(demo);
    expect(asked).toBe(1);
    await clock.advance(2_000);
    await reader.read(demo);
    expect(asked).toBe(2);
  });
});

describe('clients of Kafka', () => {
  const counting = () => {
    const state = { opened: [] as string[], closed: 0 };
    const admins = new TopicAdmins(({ brokers }) => {
      state.opened.push(brokers.join(','));
      return { ...admin, close: () => Promise.resolve(void state.closed++) };
    });
    return { admins, state };
  };

  const cluster = (brokers: string[], fingerprint = '') => ({ brokers, fingerprint, security: () => ({}) });

  it('are made anew when a secret is rotated', () => {
    const { admins, state } = counting();
    const before = admins.for('tags/a', cluster(['k:1'], 'one'));
    expect(admins.for('tags/a', cluster(['k:1'], 'two'))).not.toBe(before);
    expect(state).toMatchObject({ opened: ['k:1', 'k:1'], closed: 1 });
  });

  it('are shared by services of one cluster, in whatever order they name it', () => {
    const { admins, state } = counting();
    expect(admins.for('tags/a', cluster(['k:1', 'k:2']))).toBe(admins.for('tags/b', cluster(['k:2', 'k:1'])));
    expect(state.opened).toHaveLength(1);
  });

  it('are closed with their last user', () => {
    const { admins, state } = counting();
    admins.for('tags/a', cluster(['k:1']));
    admins.for('tags/b', cluster(['k:1']));
    admins.release('tags/a');
    expect(state.closed).toBe(0);
    admins.release('tags/b');
    expect(state.closed).toBe(1);
  });

  it('are let go of when a service moves to other brokers', () => {
    const { admins, state } = counting();
    admins.for('tags/a', cluster(['k:1']));
    admins.for('tags/a', cluster(['k:2']));
    expect(state).toMatchObject({ opened: ['k:1', 'k:2'], closed: 1 });
  });

  it('are all closed at the end', async () => {
    const { admins, state } = counting();
    admins.for('tags/a', cluster(['k:1']));
    admins.for('tags/b', cluster(['k:2']));
    await admins.close();
    expect(state.closed).toBe(2);
  });
});

describe('a time limit', () => {
  it('ends what takes too long, naming it', async () => {
    const limited = within(hanging, { what: 'the lag', limitMs: 2_000, clock });
    const failure = expect(limited).rejects.toThrow(new TimeLimitError('the lag', 2_000));
    await clock.advance(2_000);
    await failure;
  });

  it('leaves nothing behind when all goes well', async () => {
    expect(await within(Promise.resolve(5), { what: 'x', limitMs: 2_000, clock })).toBe(5);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});
