import type { TagService } from '@tagservice/crd';
import { kafkaEventBus, kafkaTopicAdmin, type EventBus, type TopicAdmin } from '@tagservice/event-bus';
import { startKafka, type TestKafka } from '@tagservice/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { namesOf } from '../children/names.ts';
import { obstacleTo, removeTopics } from './removal.ts';
import { lookAtTopics } from './topics.look.ts';
import type { TopicRecord } from './topics.plan.ts';
import type { TopicsResult } from './topics.status.ts';

let kafka: TestKafka;
let admin: TopicAdmin;
let bus: EventBus;
const within = { timeout: 60_000, interval: 300 };
const going = new AbortController().signal;

/** Topics of a service on real brokers; each look is given the status of the one before. */
class World {
  status: TopicRecord[] = [];
  readonly #name: string;
  #declared: TagService;

  constructor(name: string) {
    this.#name = name;
    this.#declared = this.declare();
  }

  declare(requests: object = {}, more: object = {}): TagService {
    const small = { partitions: 2, replicationFactor: 1, minInSyncReplicas: 1 };
    const brokers = kafka.brokers.map(({ address }) => address);
    const topics = { requests: { ...small, ...requests }, results: small, deadLetters: small };
    this.#declared = service({ kafka: { brokers, ...topics, ...more } }, this.#name);
    return this.#declared;
  }

  /** As the operator has it: declared, with the status of the last look. */
  get current(): TagService {
    return { ...this.#declared, status: { topics: this.status } };
  }

  get topic(): string {
    return namesOf(this.#declared).topics.requests;
  }

  /** `crash`: what the look found never got into status. */
  async look({ crash = false } = {}): Promise<TopicsResult> {
    const result = await lookAtTopics(admin, this.current, going);
    if (!crash) this.status = result.topics;
    return result;
  }

  async untilDone(): Promise<void> {
    await expect.poll(async () => (await this.look()).outcome.kind, within).toBe('done');
  }

  async copies(): Promise<number[]> {
    const [topic] = await admin.describe([this.topic]);
    return (topic?.places ?? []).map(({ replicas, inSync }) => Math.min(replicas.length, inSync.length));
  }

  /** Writes about so many MiB. */
  async fill(mebibytes: number): Promise<void> {
    const value = Buffer.alloc(65_536, 'x');
    for (let part = 0; part < mebibytes; part += 1) {
      const batch = Array.from({ length: 16 }, (_, index) => ({ key: `${part}-${index}`, value }));
      await bus.publish(this.topic, batch);
    }
  }
}

const rates = async (): Promise<(string | undefined)[]> =>
  [...(await admin.replicationRates([1, 2, 3])).values()].map(({ leader, follower }) => leader ?? follower);

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3 });
  const brokers = kafka.brokers.map(({ address }) => address);
  admin = kafkaTopicAdmin({ brokers, clientId: 'topics-test', timeoutMs: 15_000 });
  bus = kafkaEventBus({ brokers, clientId: 'topics-test' });
});

afterAll(async () => {
  await bus.close();
  await admin.close();
  await kafka.stop();
});

// A broker that is killed takes half a minute to come back beside a busy build.
describe('topics on three brokers', { timeout: 150_000 }, () => {
  it('get more copies at a limited speed, go on after a crash of the operator, and lose the limit at the end', async () => {
    const world = new World('grow');
    await world.untilDone();
    await world.fill(8);
    world.declare({ partitions: 2, replicationFactor: 3, minInSyncReplicas: 2 }, { replicationThrottle: '1Mi' });
    expect((await world.look()).outcome).toMatchObject({ kind: 'waiting', reason: 'ReplicationChanging' });
    await world.look({ crash: true });
    expect(await rates()).toEqual(['1048576', '1048576', '1048576']);
    expect(await admin.reassignments(world.topic)).toHaveLength(2);
    const began = performance.now();
    await world.look({ crash: true });
    await bus.publish(world.topic, [{ key: 'a', value: 'accepted while copies are made' }]);
    await world.untilDone();
    // 8 MiB twice over at 1 MiB a second for each of two brokers that take them in.
    expect(performance.now() - began).toBeGreaterThan(3_000);
    expect(await world.copies()).toEqual([3, 3]);
    await expect.poll(rates, within).toEqual([undefined, undefined, undefined]);
    const [topic] = await admin.describe([world.topic]);
    expect(topic?.configs['min.insync.replicas']).toBe('2');
    expect(topic?.overrides).not.toContain('leader.replication.throttled.replicas');
    expect(world.status[0]).toMatchObject({ replicationFactor: 3, ready: true });
    expect(world.status[0]).not.toHaveProperty('moving');
  });

  it('get fewer copies, and accept writes all the while', async () => {
    const world = new World('shrink');
    world.declare({ replicationFactor: 3, minInSyncReplicas: 2 });
    await world.untilDone();
    world.declare({ replicationFactor: 1, minInSyncReplicas: 1 });
    const done = world.untilDone();
    await bus.publish(world.topic, [{ key: 'a', value: 'x' }]);
    await done;
    expect(await world.copies()).toEqual([1, 1]);
    await bus.publish(world.topic, [{ key: 'a', value: 'x' }]);
  });

  it('are not moved while a broker that is needed is away, and are once it is back', async () => {
    const world = new World('blocked');
    await world.untilDone();
    await kafka.brokers[2]?.kill();
    await expect.poll(() => admin.brokers(), within).toHaveLength(2);
    world.declare({ replicationFactor: 3, minInSyncReplicas: 1 });
    const { outcome } = await world.look();
    expect(outcome).toMatchObject({ kind: 'waiting' });
    expect(outcome.message).toMatch(/2 brokers run|is away|no leader/);
    expect(await admin.reassignments(world.topic)).toEqual([]);
    await kafka.brokers[2]?.restart();
    await world.untilDone();
    expect(await world.copies()).toEqual([3, 3]);
  });

  it('go on to their end when a broker dies in the middle of the move', async () => {
    const world = new World('death');
    await world.untilDone();
    await world.fill(4);
    world.declare({ replicationFactor: 2, minInSyncReplicas: 1 }, { replicationThrottle: '256Ki' });
    await world.look();
    await world.look();
    const moves = await admin.reassignments(world.topic);
    const dying = moves[0]?.adding[0] ?? 0;
    await kafka.brokers[dying - 1]?.kill();
    await expect.poll(() => admin.brokers(), within).toHaveLength(2);
    await expect.poll(async () => (await world.look()).outcome.message, within).toContain(world.topic);
    world.declare({ replicationFactor: 2, minInSyncReplicas: 1 }, { replicationThrottle: '100Mi' });
    await kafka.brokers[dying - 1]?.restart();
    await world.untilDone();
    expect(await world.copies()).toEqual([2, 2]);
    await expect.poll(rates, within).toEqual([undefined, undefined, undefined]);
  });

  it('are told apart from such that somebody made anew, and read from their start', async () => {
    const world = new World('replaced');
    await world.untilDone();
    const seen: string[] = [];
    await bus.subscribe({
      topics: [world.topic],
      group: namesOf(world.current).topics.computeGroup,
      concurrency: 1,
      handle: ({ value }) => Promise.resolve(void seen.push(Buffer.from(value ?? []).toString())),
      onCrash: (error) => seen.push(String(error)),
    });
    for (const value of ['1', '2', '3']) await bus.publish(world.topic, [{ key: 'a', value }]);
    await expect.poll(() => seen, within).toEqual(['1', '2', '3']);
    const [before] = world.status;
    await admin.delete(world.topic);
    await expect
      .poll(() => admin.create({ name: world.topic, partitions: 1, replicationFactor: 1, configs: {} }), within)
      .toBe(true);
    const { outcome } = await world.look();
    expect(outcome).toMatchObject({ reason: 'TopicReplaced' });
    expect(world.status[0]).toMatchObject({ formerId: before?.id });
    await world.untilDone();
    expect((await admin.describe([world.topic]))[0]).toMatchObject({
      partitions: 2,
      configs: { 'retention.ms': '86400000' },
    });
    await bus.publish(world.topic, [{ key: 'a', value: '4' }]);
    // A member of a group that is joined anew meanwhile may be given again what it had not committed.
    await expect.poll(() => [...new Set(seen)], within).toEqual(['1', '2', '3', '4']);
  });

  it('are not deleted while work waits or somebody else reads, and then exactly those recorded are', async () => {
    const world = new World('delete');
    await world.untilDone();
    await bus.publish(world.topic, [{ key: 'a', value: 'x' }]);
    expect((await obstacleTo(admin, world.current))?.message).toContain(
      `1 messages of topic ${world.topic} wait for group`,
    );
    const idle = { concurrency: 1, handle: () => Promise.resolve(), onCrash: () => undefined };
    const { requests, results, computeGroup } = namesOf(world.current).topics;
    const workers = await bus.subscribe({ topics: [requests], group: computeGroup, ...idle });
    const others = await bus.subscribe({ topics: [results], group: 'delete-others', ...idle });
    await expect
      .poll(async () => (await obstacleTo(admin, world.current))?.message, within)
      .toMatch(/^group delete-others has 1 members and a lag of 0 on topic .*tag-results: stop those consumers/);
    await Promise.all([workers.stop(), others.stop()]);
    await expect.poll(() => obstacleTo(admin, world.current), within).toBeUndefined();
    const recorded = await removeTopics(admin, world.current);
    expect(recorded).toMatchObject({ kind: 'waits', outcome: { reason: 'TopicsBeingDeleted' } });
    expect(await admin.describe([requests])).toHaveLength(1);
    world.status = recorded.kind === 'waits' ? [...(recorded.topics ?? [])] : [];
    expect(world.status.find(({ name }) => name === requests)?.ends).toMatch(/^(0:1 1:0|0:0 1:1)$/);
    await expect.poll(() => removeTopics(admin, world.current), within).toEqual({ kind: 'gone' });
    expect(await admin.describe([requests, results])).toEqual([]);
  });
});
