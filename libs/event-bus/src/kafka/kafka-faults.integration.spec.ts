import { randomUUID } from 'node:crypto';
import { startKafka, type TestKafka } from '@tagservice/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusUnavailable } from '../errors.ts';
import type { EventBus } from '../port.ts';
import type { TopicAdmin } from '../topic-admin.port.ts';
import { kafkaEventBus } from './kafka-event-bus.ts';
import { kafkaTopicAdmin } from './kafka-topic-admin.ts';

const deadline = { timeout: 80_000, interval: 50 };
const nobody = ['127.0.0.1:1'];

describe('while no broker answers', () => {
  it('every call fails within five seconds with the address and the cause', async () => {
    const bus = kafkaEventBus({ brokers: nobody, clientId: 'test' });
    const admin = kafkaTopicAdmin({ brokers: nobody, clientId: 'test' });
    const calls = [bus.publish('t', [{ key: 'a', value: '1' }]), bus.ping(), admin.describe(['t']), admin.delete('t')];
    const began = Date.now();
    const outcomes = await Promise.allSettled(calls);
    expect(Date.now() - began).toBeLessThan(5500);
    for (const outcome of outcomes) {
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(BusUnavailable);
      expect(outcome.status === 'rejected' && String(outcome.reason)).toMatch(/127\.0\.0\.1:1.*ECONNREFUSED/);
    }
    expect(await admin.lag('t', 'g')).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
    await Promise.all([bus.close(), admin.close()]);
  });

  it('a subscription waits, and can be stopped', async () => {
    const bus = kafkaEventBus({ brokers: nobody, clientId: 'test' });
    const onCrash = vi.fn();
    const subscription = await bus.subscribe({
      topics: ['t'],
      group: 'g',
      concurrency: 1,
      handle: () => Promise.resolve(),
      onCrash,
    });
    expect(subscription.progress()).toEqual({ assigned: 0, inFlight: 0, lastCommitAt: undefined, lag: undefined });
    await subscription.stop({ graceMs: 100 });
    expect(onCrash).not.toHaveBeenCalled();
    await bus.close();
  });
});

describe('when the broker fails', () => {
  let kafka: TestKafka;
  let bus: EventBus;
  let admin: TopicAdmin;
  let topic: string;

  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });
  beforeEach(() => {
    topic = `t-${randomUUID()}`;
    bus = kafkaEventBus({ brokers: [kafka.address], clientId: 'test', publishTimeoutMs: 2000 });
    admin = kafkaTopicAdmin({ brokers: [kafka.address], clientId: 'test', timeoutMs: 30_000 });
  });
  afterEach(async () => {
    await Promise.all([bus.close(), admin.close()]);
  });

  const create = async (): Promise<boolean> =>
    await admin.create({ name: topic, partitions: 3, replicationFactor: 1, configs: {} });

  const collect = async (): Promise<Set<string>> => {
    const seen = new Set<string>();
    await bus.subscribe({
      topics: [topic],
      group: `g-${topic}`,
      concurrency: 4,
      handle: (message) => {
        seen.add(Buffer.from(message.value!).toString());
        return Promise.resolve();
      },
      onCrash: (error) => expect.unreachable(error.message),
    });
    return seen;
  };

  it('a subscription to a topic that comes later begins when it comes', async () => {
    const seen = await collect();
    await create();
    await bus.publish(topic, [{ key: 'a', value: 'late' }]);
    await vi.waitFor(() => {
      expect(seen).toEqual(new Set(['late']));
    }, deadline);
  });

  it(
    'nothing that was acknowledged is lost over a kill, and both sides go on by themselves',
    { timeout: 180_000 },
    async () => {
      await create();
      const seen = await collect();
      const acknowledged = new Set<string>();
      const publish = async (value: string): Promise<void> => {
        await bus.publish(topic, [{ key: value, value }]);
        acknowledged.add(value);
      };
      for (let n = 0; n < 50; n += 1) await publish(`before-${String(n)}`);
      await kafka.kill();
      await expect(publish('while-away')).rejects.toBeInstanceOf(BusUnavailable);
      await kafka.restart();
      await vi.waitFor(async () => {
        await publish('after');
      }, deadline);
      await vi.waitFor(() => {
        expect(Array.from(acknowledged).filter((value) => !seen.has(value))).toEqual([]);
      }, deadline);
    },
  );

  it('a frozen broker makes no publish hang, and is used again afterwards', async () => {
    await create();
    await bus.publish(topic, [{ key: 'a', value: 'before' }]);
    await kafka.pause();
    try {
      const began = Date.now();
      await expect(bus.publish(topic, [{ key: 'a', value: 'frozen' }])).rejects.toThrow(/no answer within 2000 ms/);
      expect(Date.now() - began).toBeLessThan(3000);
    } finally {
      kafka.resume();
    }
    await vi.waitFor(async () => {
      await bus.publish(topic, [{ key: 'a', value: 'thawed' }]);
    }, deadline);
  });

  it('no timer with a negative delay is ever set', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', listen);
    await create();
    const seen = await collect();
    await bus.publish(topic, [{ key: 'a', value: 'x' }]);
    await vi.waitFor(() => {
      expect(seen.size).toBe(1);
    }, deadline);
    process.off('warning', listen);
    expect(warnings).not.toContain('TimeoutNegativeWarning');
  });
});
