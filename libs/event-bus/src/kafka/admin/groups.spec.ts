import { afterEach, describe, expect, it } from 'vitest';
import { kafkaTopicAdmin } from '../kafka-topic-admin.ts';
import type { TopicAdmin } from '../../topic-admin.port.ts';
import { describeGroups, listGroups, listOffsets, metadata, offsetFetch } from '../wire/requests.ts';
import { offered, script, scriptedBroker, type ScriptedBroker } from '../wire/testing/scripted-broker.ts';
import { subscribedTopics } from './groups.ts';

let broker: ScriptedBroker | undefined;
let admin: TopicAdmin | undefined;
afterEach(async () => {
  await admin?.close();
  broker?.close();
});

const topic = 't';

/** A broker with one topic of 10 messages, and so many groups of which the last reads it. */
async function brokerWith(count: number): Promise<{ readonly asked: Record<string, number> }> {
  const asked = { describe: 0, offsets: 0 };
  const names = Array.from({ length: count }, (_, index) => `g${String(index)}`);
  const place = { error: 0, partition: 0, leader: 1, leaderEpoch: 0, replicas: [1], inSync: [1], offline: [] };
  const view = () => ({
    throttleMs: 0,
    brokers: [{ id: 1, host: '127.0.0.1', port: broker?.port ?? 0, rack: null }],
    cluster: 'c',
    controller: 1,
    topics: [{ error: 0, name: topic, id: '', internal: false, partitions: [place], operations: 0 }],
    operations: 0,
  });
  const ends = ({ topics }: { topics: { partitions: { timestamp: bigint }[] }[] }) => {
    const offset = topics[0]?.partitions[0]?.timestamp === -1n ? 10n : 0n;
    const partitions = [{ partition: 0, error: 0, timestamp: 0n, offset, leaderEpoch: 0 }];
    return { throttleMs: 0, topics: [{ name: topic, partitions }] };
  };
  const groups = names.map((group) => ({ group, protocol: 'consumer', state: 'Empty' }));
  const described = ({ groups: wanted }: { groups: string[] }) => {
    asked.describe += 1;
    const empty = { error: 0, state: 'Empty', protocolType: '', protocol: '', members: [], operations: 0 };
    return { throttleMs: 0, groups: wanted.map((group) => ({ ...empty, group })) };
  };
  const committed = ({ group }: { group: string }) => {
    asked.offsets += 1;
    const offset = group === names.at(-1) ? 4n : -1n;
    const partitions = [{ partition: 0, offset, leaderEpoch: 0, metadata: null, error: 0 }];
    return { throttleMs: 0, topics: [{ name: topic, partitions }], error: 0 };
  };
  broker = await scriptedBroker(
    script(
      offered,
      [metadata, view],
      [listOffsets, ends],
      [listGroups, () => ({ throttleMs: 0, error: 0, groups })],
      [describeGroups, described],
      [offsetFetch, committed],
    ),
  );
  admin = kafkaTopicAdmin({ brokers: [`127.0.0.1:${String(broker.port)}`], clientId: 'test' });
  return { asked };
}

describe('who reads a topic', () => {
  it('is found among a thousand groups within the time of a call', async () => {
    const { asked } = await brokerWith(1_000);
    expect(await admin?.uses([topic])).toEqual([{ group: 'g999', topic, members: 0, lag: 6 }]);
    expect(asked).toEqual({ describe: 1, offsets: 1_000 });
    expect(broker?.connections()).toBe(1);
  });

  it('is nobody where there are no groups', async () => {
    await brokerWith(0);
    expect(await admin?.uses([topic])).toEqual([]);
  });
});

describe('the subscription of a member', () => {
  it('names its topics', () => {
    const bytes = Buffer.from([0, 1, 0, 0, 0, 2, 0, 1, 97, 0, 2, 98, 99, 255, 255, 255, 255]);
    expect(subscribedTopics(bytes)).toEqual(['a', 'bc']);
  });

  it.each([[[]], [[0]], [[0, 0, 127, 255, 255, 255]]])('names none where it is something else: %j', (bytes) => {
    expect(subscribedTopics(Buffer.from(bytes))).toEqual([]);
  });
});
