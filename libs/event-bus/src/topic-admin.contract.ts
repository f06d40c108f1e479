import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TopicMissing } from './errors.ts';
import type { BusHarness } from './event-bus.contract.ts';

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

    it('is unknown, with a reason, for a topic that does not exist', async () => {
      const reading = await harness().admin.lag(name, 'group');
      expect(reading).toMatchObject({ kind: 'unknown', reason: expect.stringContaining(name) as string });
    });
  });
}
