import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { sharedKafka, startKafka } from '@tagservice/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventBus, SubscribeOptions, Subscription } from '../port.ts';
import type { TopicAdmin } from '../topic-admin.port.ts';
import { kafkaEventBus } from './kafka-event-bus.ts';
import { kafkaTopicAdmin } from './kafka-topic-admin.ts';

const within = { timeout: 30_000, interval: 20 };

let broker: string;
let admin: TopicAdmin;
let bus: EventBus;
let topic: string;

beforeAll(async () => {
  broker = await sharedKafka();
  admin = kafkaTopicAdmin({ brokers: [broker], clientId: 'supervision', timeoutMs: 30_000 });
});
afterAll(() => admin.close());
beforeEach(async () => {
  topic = `t-${randomUUID()}`;
  await admin.create({ name: topic, partitions: 2, replicationFactor: 1, configs: {} });
  bus = kafkaEventBus({ brokers: [broker], clientId: 'supervision' });
});
afterEach(async () => {
  await bus.close();
  await admin.delete(topic);
});

function subscribe(handle: SubscribeOptions['handle'], over: Partial<SubscribeOptions> = {}): Promise<Subscription> {
  return bus.subscribe({
    topics: [topic],
    group: `g-${topic}`,
    concurrency: 4,
    handle,
    onCrash: (error) => expect.unreachable(error.message),
    ...over,
  });
}

/** Writes a batch in a compression that kafkajs cannot read, as a producer with other libraries may. */
async function publishUnreadable(): Promise<void> {
  const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
  const codecs = CompressionCodecs as Record<number, unknown>;
  const theirs = codecs[CompressionTypes.Snappy];
  // One literal of five bytes: the broker takes it for what it says, and nobody here reads it.
  codecs[CompressionTypes.Snappy] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(snappyOf(buffer)),
  });
  const producer = new Kafka({ brokers: [broker], clientId: 'other', logLevel: logLevel.NOTHING }).producer();
  try {
    await producer.connect();
    await producer.send({ topic, compression: CompressionTypes.Snappy, messages: [{ key: 'a', value: 'hello' }] });
  } finally {
    codecs[CompressionTypes.Snappy] = theirs;
    await producer.disconnect();
  }
}

/** Snappy's block format with a single literal: what fits into 60 bytes needs no compressing. */
function snappyOf(plain: Buffer): Buffer {
  if (plain.length > 60) throw new RangeError('too long for one literal');
  return Buffer.concat([Buffer.from([plain.length, (plain.length - 1) << 2]), plain]);
}

describe('a consumer that cannot go on', () => {
  it('says so once, so that the process can end: it would look alive and do nothing', async () => {
    const onCrash = vi.fn();
    await subscribe(() => Promise.resolve(), { onCrash });
    await publishUnreadable();
    await vi.waitFor(() => {
      expect(onCrash).toHaveBeenCalledOnce();
    }, within);
    expect(onCrash.mock.calls[0]).toMatchObject([{ message: expect.stringMatching(/Snappy/i) as string }]);
  });

  it('goes on when the coordinator of its group is not known yet, as on brokers that never had a group', async () => {
    const fresh = await startKafka();
    const elsewhere = kafkaEventBus({ brokers: [fresh.address], clientId: 'supervision' });
    const topics = kafkaTopicAdmin({ brokers: [fresh.address], clientId: 'supervision', timeoutMs: 30_000 });
    try {
      await topics.create({ name: topic, partitions: 2, replicationFactor: 1, configs: {} });
      const seen: string[] = [];
      const onCrash = vi.fn();
      // Several at once: the topic of the offsets is made for the first, and the others hear that there is no coordinator.
      for (const group of ['a', 'b', 'c', 'd'])
        await elsewhere.subscribe({
          topics: [topic],
          group,
          concurrency: 1,
          handle: () => Promise.resolve(void seen.push(group)),
          onCrash,
        });
      await elsewhere.publish(topic, [{ key: 'a', value: '1' }]);
      await vi.waitFor(() => {
        expect(seen.toSorted()).toEqual(['a', 'b', 'c', 'd']);
      }, within);
      expect(onCrash).not.toHaveBeenCalled();
    } finally {
      await Promise.all([elsewhere.close(), topics.close()]);
      await fresh.stop();
    }
  });

  it('says nothing when it was stopped before', async () => {
    const onCrash = vi.fn();
    const subscription = await subscribe(() => Promise.resolve(), { onCrash });
    await vi.waitFor(() => {
      expect(subscription.progress().assigned).toBe(2);
    }, within);
    await subscription.stop();
    await publishUnreadable();
    expect(onCrash).not.toHaveBeenCalled();
  });
});

describe('progress', () => {
  it('shows a handler that does not come to an end: there is lag, and the last commit stays what it was', async () => {
    const stuck = Promise.withResolvers<undefined>();
    const seen: string[] = [];
    const subscription = await subscribe(async ({ value }) => {
      const text = Buffer.from(value ?? []).toString();
      if (text === 'stuck') await stuck.promise;
      seen.push(text);
    });
    const publish = (value: string) => bus.publish(topic, [{ key: 'one key', value }]);
    await publish('before');
    await vi.waitFor(() => {
      expect(subscription.progress()).toMatchObject({
        lag: 0,
        inFlight: 0,
        lastCommitAt: expect.any(Number) as number,
      });
    }, within);
    const { lastCommitAt } = subscription.progress();
    await publish('stuck');
    await publish('behind');
    await vi.waitFor(() => {
      expect(seen).toEqual(['before', 'behind']);
    }, within);
    expect(subscription.progress()).toMatchObject({ lag: 2, inFlight: 1, lastCommitAt });
    stuck.resolve(undefined);
    await vi.waitFor(() => {
      expect(subscription.progress()).toMatchObject({ lag: 0, inFlight: 0 });
      expect(subscription.progress().lastCommitAt).toBeGreaterThan(lastCommitAt!);
    }, within);
  });

  it('goes on while a handler keeps the processor for longer than a heartbeat', async () => {
    let handled = 0;
    const subscription = await subscribe(() => {
      const until = Date.now() + 1_500;
      while (Date.now() < until);
      handled += 1;
      return Promise.resolve();
    });
    await bus.publish(topic, [{ key: 'a', value: '1' }]);
    await vi.waitFor(() => {
      expect(handled).toBe(1);
    }, within);
    await bus.publish(topic, [{ key: 'a', value: '2' }]);
    await vi.waitFor(() => {
      expect(subscription.progress()).toMatchObject({ lag: 0, assigned: 2 });
      expect(handled).toBe(2);
    }, within);
  });
});

describe('a member that leaves in good order', () => {
  it('gives its partitions to the next one at once, which does not wait for its session to end', async () => {
    const first = await subscribe(() => Promise.resolve());
    await vi.waitFor(() => {
      expect(first.progress().assigned).toBe(2);
    }, within);
    const began = Date.now();
    await first.stop();
    const second = await subscribe(() => Promise.resolve());
    await vi.waitFor(() => {
      expect(second.progress().assigned).toBe(2);
    }, within);
    // A session is 10 s.
    expect(Date.now() - began).toBeLessThan(8_000);
  });
});
