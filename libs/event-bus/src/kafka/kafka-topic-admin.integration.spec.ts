import { ensureKafka, sharedKafka } from '@tagservice/testbed';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TopicAdmin } from '../topic-admin.port.ts';
import { kafkaEventBus } from './kafka-event-bus.ts';
import { kafkaTopicAdmin } from './kafka-topic-admin.ts';

let ours: TopicAdmin;
let theirs: TopicAdmin;
beforeEach(async () => {
  const brokers = [await sharedKafka()];
  ours = kafkaTopicAdmin({ brokers, clientId: 'ours' });
  theirs = kafkaTopicAdmin({ brokers, clientId: 'theirs' });
});
afterEach(() => Promise.all([ours.close(), theirs.close()]));

const spec = (name: string) => ({ name, partitions: 1, replicationFactor: 1, configs: {} });

/** A consumer of Kafka's own tools, by the newer protocol of groups. Answers what ends it. */
async function newerConsumer(topic: string, group: string): Promise<() => void> {
  const tool = ['org.apache.kafka.tools.consumer.ConsoleConsumer', '--bootstrap-server', await sharedKafka()];
  const read = [
    '--topic',
    topic,
    '--group',
    group,
    '--from-beginning',
    '--consumer-property',
    'group.protocol=consumer',
  ];
  const child = spawn('java', ['-cp', join(await ensureKafka(), '*'), ...tool, ...read], { stdio: 'ignore' });
  return () => child.kill('SIGKILL');
}

describe('consumers by the newer protocol of groups', () => {
  it('are seen by what their group has committed', { timeout: 120_000 }, async () => {
    const [name, group] = [`t-${randomUUID()}`, `g-${randomUUID()}`];
    const bus = kafkaEventBus({ brokers: [await sharedKafka()], clientId: 'newer' });
    await ours.create(spec(name));
    await bus.publish(name, [{ key: 'a', value: 'x' }]);
    const stop = await newerConsumer(name, group);
    try {
      const uses = () => ours.uses([name]);
      await expect.poll(uses, { timeout: 60_000, interval: 500 }).toEqual([{ group, topic: name, members: 1, lag: 0 }]);
    } finally {
      stop();
      await bus.close();
      await ours.delete(name);
    }
  });
});

describe('members by the newer protocol of groups', () => {
  it('are counted one by one, also where nothing was ever read', { timeout: 120_000 }, async () => {
    const [name, group] = [`t-${randomUUID()}`, `g-${randomUUID()}`];
    await ours.create(spec(name));
    const stops = [await newerConsumer(name, group), await newerConsumer(name, group)];
    try {
      const uses = () => ours.uses([name]);
      await expect.poll(uses, { timeout: 90_000, interval: 500 }).toEqual([{ group, topic: name, members: 2, lag: 0 }]);
    } finally {
      for (const stop of stops) stop();
      await ours.delete(name);
    }
  });
});

describe('one admin for many topics', () => {
  it('goes on with the others when a topic that it has read is deleted by somebody else', async () => {
    const [gone, kept] = [`t-${randomUUID()}`, `t-${randomUUID()}`];
    await ours.create(spec(gone));
    expect(await ours.lag(gone, 'group')).toMatchObject({ kind: 'known' });
    await theirs.delete(gone);
    await expect.poll(() => ours.lag(gone, 'group'), { timeout: 10_000 }).toMatchObject({ kind: 'unknown' });
    expect(await ours.create(spec(kept))).toBe(true);
    await expect.poll(() => ours.lag(kept, 'group'), { timeout: 10_000 }).toMatchObject({ kind: 'known', total: 0 });
    expect(await ours.describe([gone, kept])).toMatchObject([{ name: kept }]);
    await ours.delete(kept);
  });

  it('creates topics while others that do not exist are asked for their lag', async () => {
    const names = Array.from({ length: 6 }, () => `t-${randomUUID()}`);
    const asking = names.map((name) => ours.lag(`absent-${name}`, 'group'));
    expect(await Promise.all(names.map((name) => ours.create(spec(name))))).toEqual(names.map(() => true));
    expect((await Promise.all(asking)).map(({ kind }) => kind)).toEqual(names.map(() => 'unknown'));
    expect(await ours.describe(names)).toHaveLength(names.length);
    for (const name of names) await ours.delete(name);
  });
});
