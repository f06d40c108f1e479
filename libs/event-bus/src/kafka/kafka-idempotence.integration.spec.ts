import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { sharedKafka } from '@tagservice/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusUnavailable, TopicRefused } from '../errors.ts';
import type { EventBus } from '../port.ts';
import type { TopicAdmin } from '../topic-admin.port.ts';
import { kafkaEventBus } from './kafka-event-bus.ts';
import { kafkaTopicAdmin } from './kafka-topic-admin.ts';
import { LostAnswers } from './testing/lost-answers.ts';

const within = { timeout: 30_000, interval: 20 };

let broker: string;
let relay: LostAnswers;
let admin: TopicAdmin;
let topic: string;
const open: EventBus[] = [];

beforeAll(async () => {
  broker = await sharedKafka();
  relay = await LostAnswers.before(broker);
  admin = kafkaTopicAdmin({ brokers: [broker], clientId: 'idempotence', timeoutMs: 30_000 });
});
afterAll(async () => {
  await admin.close();
  relay.close();
});
beforeEach(async () => {
  topic = `t-${randomUUID()}`;
  await admin.create({ name: topic, partitions: 3, replicationFactor: 1, configs: {} });
});
afterEach(async () => {
  vi.restoreAllMocks();
  relay.lose(0);
  await Promise.all(open.splice(0).map((bus) => bus.close()));
  await admin.delete(topic);
});

/** A bus whose connections go through the relay: brokers tell clients their own address, so it is changed where sockets are made. */
function relayedBus(publishTimeoutMs = 10_000): EventBus {
  const { connect } = net;
  const brokerPort = Number(broker.split(':')[1]);
  vi.spyOn(net, 'connect').mockImplementation(((options: net.TcpNetConnectOpts, listener?: () => void) =>
    connect(options.port === brokerPort ? { ...options, port: relay.port } : options, listener)) as typeof net.connect);
  const bus = kafkaEventBus({ brokers: [broker], clientId: 'relayed', publishTimeoutMs });
  open.push(bus);
  return bus;
}

/** What is in the topic, in the order of each partition, once so many messages are there and none comes any more. */
async function contents(least: number): Promise<string[]> {
  const seen: string[] = [];
  const bus = kafkaEventBus({ brokers: [broker], clientId: 'reader' });
  open.push(bus);
  const subscription = await bus.subscribe({
    topics: [topic],
    group: `g-${randomUUID()}`,
    concurrency: 1,
    onCrash: (error) => expect.unreachable(error.message),
    handle: ({ value }) => Promise.resolve(void seen.push(Buffer.from(value ?? []).toString())),
  });
  await vi.waitFor(() => {
    expect(seen.length).toBeGreaterThanOrEqual(least);
    expect(subscription.progress()).toMatchObject({ lag: 0, inFlight: 0 });
  }, within);
  const [ends] = await admin.ends([topic]);
  const written = ends!.partitions.reduce((sum, { start, end }) => sum + Number(end - start), 0);
  expect(seen).toHaveLength(written);
  return seen;
}

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ key: `key-${String(from + n)}`, value: String(from + n) }));
const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n)).toSorted();

describe('a message whose acknowledgement is lost on the way', () => {
  it('is written once although it is sent twice', async () => {
    const bus = relayedBus();
    await bus.publish(topic, numbered(0, 50));
    const before = relay.produced;
    relay.lose(1);
    await bus.publish(topic, numbered(50, 50));
    await bus.publish(topic, numbered(100, 50));
    expect(relay.produced - before).toBeGreaterThanOrEqual(3);
    expect((await contents(150)).toSorted()).toEqual(numbers(150));
  });

  it('is not lost for what follows it when it is given up: the next ones are not taken for its double', async () => {
    const bus = relayedBus();
    await bus.publish(topic, numbered(0, 30));
    // kafkajs gives up after three tries beyond the first.
    relay.lose(4);
    await expect(bus.publish(topic, numbered(30, 30))).rejects.toBeInstanceOf(BusUnavailable);
    // As many messages in as many partitions as those that may or may not be there: the broker must not mistake one for the other.
    const following = numbered(30, 30).map(({ key }, n) => ({ key, value: `next-${String(n)}` }));
    await bus.publish(topic, following);
    const seen = await contents(60);
    expect(seen.filter((text) => text.startsWith('next-')).toSorted()).toEqual(
      following.map(({ value }) => value).toSorted(),
    );
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('many messages', () => {
  it('of one call go in several requests, in order, and are acknowledged together', async () => {
    const bus = relayedBus();
    const before = relay.produced;
    await bus.publish(
      topic,
      Array.from({ length: 9_000 }, (_, n) => ({ key: 'one', value: String(n) })),
    );
    expect(relay.produced - before).toBeGreaterThanOrEqual(5);
    expect(await contents(9_000)).toEqual(Array.from({ length: 9_000 }, (_, n) => String(n)));
  });

  it('of large values stay below what a broker takes in one batch', async () => {
    const bus = relayedBus();
    await bus.publish(
      topic,
      Array.from({ length: 40 }, (_, n) => ({ key: 'one', value: Buffer.alloc(100_000, n) })),
    );
    expect(await contents(40)).toHaveLength(40);
  });

  it('of many calls fail with none but the one that the broker refuses', async () => {
    const bus = relayedBus();
    await bus.publish(topic, numbered(0, 1));
    const calls = [
      bus.publish(topic, numbered(1, 3)),
      bus.publish(topic, [{ key: 'large', value: Buffer.alloc(1_200_000) }]),
      bus.publish(topic, numbered(4, 3)),
    ];
    const [first, large, last] = await Promise.allSettled(calls);
    expect([first!.status, last!.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(large).toMatchObject({ status: 'rejected', reason: expect.any(TopicRefused) as TopicRefused });
    expect((await contents(7)).toSorted()).toEqual(numbers(7));
  });
});
