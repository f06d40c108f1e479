import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TopicMissing } from './errors.ts';
import type { BusHarness } from './event-bus.contract.ts';
import type { EventBus, Subscription } from './port.ts';

const deadline = { timeout: 20_000, interval: 10 };

/** The behaviour of every topic admin. */
export function topicAdminContract(harness: () => BusHarness): void {
  let name: string;

  beforeEach(() => {
    name = `t-${randomUUID()}`;
  });
  afterEach(async () => {
    await harness().admin.delete(name);
  });

  const create = async (partitions: number, configs: Record<string, string> = {}): Promise<boolean> =>
    await harness().admin.create({ name, partitions, replicationFactor: 1, configs });

  describe('topics', () => {
    it('are described as they were created; absent ones are left out', async () => {
      expect(await create(3, { 'retention.ms': '3600000' })).toBe(true);
      const [topic, ...more] = await harness().admin.describe([name, `absent-${name}`]);
      expect(more).toEqual([]);
      expect(topic).toMatchObject({ name, partitions: 3, replicationFactor: 1, offlinePartitions: 0 });
      expect(topic?.configs['retention.ms']).toBe('3600000');
      expect(topic?.overrides).toEqual(['retention.ms']);
    });

    it('are described with the entries that are asked for, and with no others', async () => {
      await create(1, { 'retention.ms': '3600000', 'cleanup.policy': 'compact' });
      const [topic] = await harness().admin.describe([name], { configs: ['retention.ms', 'no.such.entry'] });
      expect(topic).toMatchObject({ configs: { 'retention.ms': '3600000' }, overrides: ['retention.ms'] });
      expect(Object.keys(topic?.configs ?? {})).toEqual(['retention.ms']);
      expect((await harness().admin.describe([name], { configs: [] }))[0]?.configs).toEqual({});
    });

    it('are created once', async () => {
      await create(1);
      expect(await create(5)).toBe(false);
      expect((await harness().admin.describe([name]))[0]?.partitions).toBe(1);
    });

    it('are refused with the reason of the broker', async () => {
      const spec = { name, partitions: 1, replicationFactor: 3, configs: {} };
      await expect(harness().admin.create(spec)).rejects.toMatchObject({
        name: 'TopicRefused',
        code: 'INVALID_REPLICATION_FACTOR',
        topic: name,
      });
    });

    it('grow and never shrink', async () => {
      await create(2);
      await harness().admin.grow(name, 5);
      await vi.waitFor(async () => {
        expect((await harness().admin.describe([name]))[0]?.partitions).toBe(5);
      }, deadline);
      await expect(harness().admin.grow(name, 4)).rejects.toMatchObject({
        name: 'TopicRefused',
        code: 'INVALID_PARTITIONS',
      });
      await expect(harness().admin.grow(`absent-${name}`, 4)).rejects.toBeInstanceOf(TopicMissing);
    });

    it('change the entries that are named and keep the others', async () => {
      await create(1, { 'retention.ms': '3600000', 'cleanup.policy': 'compact' });
      await harness().admin.alterConfigs(name, { 'retention.ms': '7200000' });
      await vi.waitFor(async () => {
        const [topic] = await harness().admin.describe([name]);
        expect(topic?.configs).toMatchObject({ 'retention.ms': '7200000', 'cleanup.policy': 'compact' });
        expect(topic?.overrides.toSorted()).toEqual(['cleanup.policy', 'retention.ms']);
      }, deadline);
    });

    it('take back the entries that are named to the default', async () => {
      await create(1, { 'retention.ms': '3600000', 'cleanup.policy': 'compact' });
      await harness().admin.alterConfigs(name, { 'retention.ms': null });
      await vi.waitFor(async () => {
        expect((await harness().admin.describe([name]))[0]?.overrides).toEqual(['cleanup.policy']);
      }, deadline);
    });

    it('lose no change when several are made at the same time', async () => {
      await create(1);
      const changes = { 'retention.ms': '7200000', 'cleanup.policy': 'compact', 'segment.bytes': '1048576' };
      await Promise.all(
        Object.entries(changes).map(([key, value]) => harness().admin.alterConfigs(name, { [key]: value })),
      );
      await vi.waitFor(async () => {
        expect((await harness().admin.describe([name]))[0]?.configs).toMatchObject(changes);
      }, deadline);
    });

    it('that do not exist cannot be altered', async () => {
      await expect(harness().admin.alterConfigs(`absent-${name}`, { 'retention.ms': '1' })).rejects.toBeInstanceOf(
        TopicMissing,
      );
    });

    it('have an identity that ends with them', async () => {
      await create(1);
      const [first] = await harness().admin.describe([name]);
      expect(first?.id).not.toBe('');
      await harness().admin.delete(name, { id: first?.id ?? '' });
      await vi.waitFor(async () => {
        expect(await create(1)).toBe(true);
      }, deadline);
      const [second] = await harness().admin.describe([name]);
      expect(second?.id).not.toBe(first?.id);
      expect(await harness().admin.delete(name, { id: first?.id ?? '' })).toBe(false);
      expect(await harness().admin.describe([name])).toMatchObject([{ id: second?.id }]);
    });

    it('tell where their copies are', async () => {
      await create(3);
      const brokers = await harness().admin.brokers();
      const [topic] = await harness().admin.describe([name]);
      expect(topic?.places.map(({ partition }) => partition)).toEqual([0, 1, 2]);
      for (const { leader, replicas, inSync } of topic?.places ?? []) {
        expect(brokers.map(({ id }) => id)).toContain(leader);
        expect(inSync).toEqual(replicas);
      }
      expect(await harness().admin.reassignments(name)).toEqual([]);
    });

    it('are deleted once', async () => {
      await create(1);
      expect(await harness().admin.delete(name)).toBe(true);
      await vi.waitFor(async () => {
        expect(await harness().admin.describe([name])).toEqual([]);
      }, deadline);
      expect(await harness().admin.delete(name)).toBe(false);
    });
  });

  describe('lag', () => {
    it('of a group that has committed nothing is the whole log', async () => {
      await create(2);
      const bus = harness().bus();
      await bus.publish(
        name,
        Array.from({ length: 7 }, (_, n) => ({ key: String(n), value: 'x' })),
      );
      const reading = await harness().admin.lag(name, `g-${randomUUID()}`);
      await bus.close();
      expect(reading).toMatchObject({ kind: 'known', total: 7 });
      expect(reading.kind === 'known' && reading.partitions.map(({ partition }) => partition)).toEqual([0, 1]);
    });

    it('is what a group has not committed; the ends of the log tell all that was written', async () => {
      await create(1);
      const [bus, group] = [harness().bus(), `g-${randomUUID()}`];
      await bus.publish(name, [{ key: 'a', value: 'x' }]);
      await consumeAll(bus, group);
      await bus.publish(name, [{ key: 'a', value: 'y' }]);
      await bus.close();
      expect(await harness().admin.lag(name, group)).toMatchObject({ kind: 'known', total: 1 });
      expect(await harness().admin.ends([name, `absent-${name}`])).toMatchObject([
        { name, partitions: [{ start: 0n, end: 2n }] },
      ]);
    });

    it('is unknown, with a reason, for a topic that does not exist', async () => {
      const reading = await harness().admin.lag(name, 'group');
      expect(reading).toMatchObject({ kind: 'unknown', reason: expect.stringContaining(name) as string });
    });
  });

  describe('uses of a topic', () => {
    it('are the groups that have members, and those that have committed', async () => {
      await create(1);
      expect(await harness().admin.uses([name, `absent-${name}`])).toEqual([]);
      const [bus, group] = [harness().bus(), `g-${randomUUID()}`];
      await bus.publish(name, [{ key: 'a', value: 'x' }]);
      const subscription = await consume(bus, group);
      await vi.waitFor(async () => {
        expect(await harness().admin.uses([name])).toEqual([{ group, topic: name, members: 1, lag: 0 }]);
      }, deadline);
      await subscription.stop();
      await bus.publish(name, [{ key: 'a', value: 'y' }]);
      await bus.close();
      await vi.waitFor(async () => {
        expect(await harness().admin.uses([name])).toEqual([{ group, topic: name, members: 0, lag: 1 }]);
      }, deadline);
    });
  });

  const consume = async (bus: EventBus, group: string): Promise<Subscription> =>
    await bus.subscribe({
      topics: [name],
      group,
      concurrency: 1,
      handle: () => Promise.resolve(),
      onCrash: () => undefined,
    });

  async function consumeAll(bus: EventBus, group: string): Promise<void> {
    const subscription = await consume(bus, group);
    await vi.waitFor(async () => {
      expect(await harness().admin.lag(name, group)).toMatchObject({ total: 0 });
    }, deadline);
    await subscription.stop();
  }
}
