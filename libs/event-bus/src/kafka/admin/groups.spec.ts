import { afterEach, describe, expect, it } from 'vitest';
import { kafkaTopicAdmin } from '../kafka-topic-admin.ts';
import type { TopicAdmin } from '../../topic-admin.port.ts';
import {
  apiVersions,
  describeConsumerGroups,
  describeGroups,
  listGroups,
  listOffsets,
  metadata,
  offsetFetch,
} from '../wire/requests.ts';
import {
  everything,
  offered,
  script,
  scriptedBroker,
  type Answer,
  type ScriptedBroker,
} from '../wire/testing/scripted-broker.ts';
import { subscribedTopics } from './groups.ts';

let broker: ScriptedBroker | undefined;
let admin: TopicAdmin | undefined;
afterEach(async () => {
  await admin?.close();
  broker?.close();
});

const topic = 't';

type Groups = { readonly state?: string; readonly committed?: bigint; readonly more?: readonly [unknown, Answer][] };

/** A broker with one topic of 10 messages, and so many groups of which the last has committed. `more`: other answers. */
async function brokerWith(
  count: number,
  { state = 'Empty', committed: last = 4n, more = [] }: Groups = {},
): Promise<{ readonly asked: Record<string, number> }> {
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
  const groups = names.map((group) => ({ group, protocol: 'consumer', state }));
  const described = ({ groups: wanted }: { groups: string[] }) => {
    asked.describe += 1;
    const empty = { error: 0, state: 'Dead', protocolType: '', protocol: '', members: [], operations: 0 };
    return { throttleMs: 0, groups: wanted.map((group) => ({ ...empty, group })) };
  };
  const committed = ({ group }: { group: string }) => {
    asked.offsets += 1;
    const offset = group === names.at(-1) ? last : -1n;
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
      ...more,
    ),
  );
  admin = kafkaTopicAdmin({ brokers: [`127.0.0.1:${String(broker.port)}`], clientId: 'test' });
  return { asked };
}

describe('who reads a topic', () => {
  it('is found among a thousand groups within the time of a call', async () => {
    const { asked } = await brokerWith(1_001);
    expect(await admin?.uses([topic])).toEqual([{ group: 'g1000', topic, members: 0, lag: 6 }]);
    // A thousand at a time, since an answer has a largest size.
    expect(asked).toEqual({ describe: 2, offsets: 1_001 });
    expect(broker?.connections()).toBe(1);
  });

  it('is nobody where there are no groups', async () => {
    await brokerWith(0);
    expect(await admin?.uses([topic])).toEqual([]);
  });
});

/** A broker of Kafka 4 with one group by the newer protocol, which older questions find no members in. */
function newer(members: readonly object[], error = 0): Groups {
  const apis = [...everything.apis, { key: 69, min: 0, max: 1 }];
  const group = {
    error,
    message: null,
    group: 'g0',
    state: 'Stable',
    epoch: 3,
    assignmentEpoch: 3,
    assignor: 'uniform',
  };
  return {
    state: 'Stable',
    more: [
      [apiVersions, () => ({ error: 0, apis })],
      [describeConsumerGroups, () => ({ throttleMs: 0, groups: [{ ...group, members, operations: 0 }] })],
    ],
  };
}

const member = (topics: readonly string[], assigned: readonly string[] = topics): object => ({
  ...{ member: 'm', instance: null, rack: null, epoch: 3, client: 'c', host: 'h', topics, pattern: null, type: 1 },
  assignment: { topics: assigned.map((name) => ({ id: '', name, partitions: [0] })) },
  target: { topics: [] },
});

describe('a group of the newer protocol', () => {
  const uses = () => admin?.uses([topic]);

  it('counts by its members, also before it has committed anything', async () => {
    await brokerWith(1, { ...newer([member([topic]), member([topic, 'other']), member(['other'])]), committed: -1n });
    expect(await uses()).toEqual([{ group: 'g0', topic, members: 2, lag: 0 }]);
  });

  it('counts those who subscribed by a pattern where it has brought them to the topic', async () => {
    await brokerWith(1, newer([member([], [topic]), member([], ['other'])]));
    expect(await uses()).toEqual([{ group: 'g0', topic, members: 1, lag: 6 }]);
  });

  it('is no reader any longer once its members have turned to other topics', async () => {
    await brokerWith(1, newer([member(['other'])]));
    expect(await uses()).toEqual([{ group: 'g0', topic, members: 0, lag: 6 }]);
  });

  it('counts as one member where it has committed, when nobody may describe it or the broker cannot', async () => {
    await brokerWith(1, newer([], 29));
    expect(await uses()).toEqual([{ group: 'g0', topic, members: 1, lag: 6 }]);
    await admin?.close();
    broker?.close();
    await brokerWith(1, { state: 'Stable' });
    expect(await uses()).toEqual([{ group: 'g0', topic, members: 1, lag: 6 }]);
  });

  it('is asked for again where its broker has only just taken it over', async () => {
    let error = 14;
    const { more = [], ...rest } = newer([]);
    const answer = () => {
      const members = error === 0 ? [member([topic])] : [];
      const group = { error, message: null, group: 'g0', state: 'Stable', epoch: 3, assignmentEpoch: 3, assignor: 'a' };
      error = 0;
      return { throttleMs: 0, groups: [{ ...group, members, operations: 0 }] };
    };
    await brokerWith(1, { ...rest, more: [...more, [describeConsumerGroups, answer]] });
    expect(await uses()).toMatchObject([{ members: 1 }]);
  });
});

describe('a group that reads while it is looked at', () => {
  it('lags by what it has not read, not by the whole log', async () => {
    let end = 10n;
    const ends = ({ topics }: { topics: { partitions: { timestamp: bigint }[] }[] }) => {
      const offset = topics[0]?.partitions[0]?.timestamp === -1n ? end : 0n;
      const partitions = [{ partition: 0, error: 0, timestamp: 0n, offset, leaderEpoch: 0 }];
      return { throttleMs: 0, topics: [{ name: topic, partitions }] };
    };
    const committed = () => {
      end += 2n;
      const partitions = [{ partition: 0, offset: end, leaderEpoch: 0, metadata: null, error: 0 }];
      return { throttleMs: 0, topics: [{ name: topic, partitions }], error: 0 };
    };
    await brokerWith(1, {
      more: [
        [listOffsets, ends],
        [offsetFetch, committed],
      ],
    });
    expect(await admin?.uses([topic])).toEqual([{ group: 'g0', topic, members: 0, lag: 0 }]);
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
