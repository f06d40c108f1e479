import { sharedKafka } from '@tagservice/testbed';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TopicAdmin } from '../topic-admin.port.ts';
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
