import { afterEach, describe, expect, it } from 'vitest';
import type { LagReading, TopicAdmin } from '../../topic-admin.port.ts';
import { kafkaTopicAdmin } from '../kafka-topic-admin.ts';
import { findCoordinator, listOffsets, metadata, offsetFetch } from '../wire/requests.ts';
import { offered, script, scriptedBroker, type Answer, type ScriptedBroker } from '../wire/testing/scripted-broker.ts';

let broker: ScriptedBroker | undefined;
let admin: TopicAdmin | undefined;
afterEach(async () => {
  await admin?.close();
  broker?.close();
});

type Log = { readonly start: bigint; readonly end: bigint; readonly committed: bigint; readonly leader?: number };
type Partitions = { partition: number; timestamp: bigint }[];

/** Errors that the broker answers with, each as often as it is named. */
type Errors = { readonly ends?: number[]; readonly group?: number[]; readonly topic?: number };

/** A broker with a topic of these partitions, and what it was asked, in order. */
async function brokerWith(logs: readonly Log[], { ends = [], group = [], topic = 0 }: Errors = {}): Promise<string[]> {
  const asked: string[] = [];
  const told = (name: string, answer: (question: never) => object): Answer => {
    return (question) => {
      asked.push(name);
      return answer(question);
    };
  };
  const view = () => {
    const place = { error: 0, leaderEpoch: 0, replicas: [1], inSync: [1], offline: [] };
    const partitions = logs.map(({ leader = 1 }, partition) => ({ ...place, partition, leader })).toReversed();
    const brokers = [{ id: 1, host: '127.0.0.1', port: broker?.port ?? 0, rack: null }];
    const topics = [{ error: topic, name: 't', id: '', internal: false, partitions, operations: 0 }];
    return { throttleMs: 0, brokers, cluster: 'c', controller: 1, topics, operations: 0 };
  };
  const coordinator = () => {
    const error = group.shift() ?? 0;
    return { throttleMs: 0, error, message: null, id: 1, host: '127.0.0.1', port: broker?.port ?? 0 };
  };
  const committed = () => {
    const rest = { leaderEpoch: 0, metadata: null, error: 0 };
    const partitions = logs.map((log, partition) => ({ partition, offset: log.committed, ...rest }));
    return { throttleMs: 0, topics: [{ name: 't', partitions }], error: 0 };
  };
  const offsets = ({ topics }: { topics: { partitions: Partitions }[] }) => {
    const error = ends.shift() ?? 0;
    const partitions = (topics[0]?.partitions ?? []).map(({ partition, timestamp }) => {
      const log = logs[partition];
      const offset = (timestamp === -1n ? log?.end : log?.start) ?? 0n;
      return { partition, error, timestamp: 0n, offset, leaderEpoch: 0 };
    });
    return { throttleMs: 0, topics: [{ name: 't', partitions }] };
  };
  broker = await scriptedBroker(
    script(
      offered,
      [metadata, told('metadata', view)],
      [findCoordinator, told('coordinator', coordinator)],
      [offsetFetch, told('committed', committed)],
      [listOffsets, told('offsets', offsets)],
    ),
  );
  admin = kafkaTopicAdmin({ brokers: [`127.0.0.1:${String(broker.port)}`], clientId: 'test', timeoutMs: 500 });
  return asked;
}

const lag = async (): Promise<LagReading | undefined> => admin?.lag('t', 'g');
const log: Log = { start: 0n, end: 10n, committed: 4n };

describe('the lag of a group', () => {
  it('is what lies between its offsets and the ends, by partition', async () => {
    await brokerWith([log, { start: 3n, end: 9n, committed: -1n }, { start: 5n, end: 8n, committed: 2n }]);
    const partitions = [6, 6, 3].map((count, partition) => ({ partition, lag: count }));
    expect(await lag()).toEqual({ kind: 'known', total: 15, partitions });
  });

  it('counts what is written meanwhile, and never less than there is: what was committed is asked for before the ends', async () => {
    const asked = await brokerWith([log]);
    await lag();
    expect(asked).toEqual(['metadata', 'coordinator', 'committed', 'offsets', 'offsets']);
  });

  it('asks for the first offsets only where something depends on them', async () => {
    const asked = await brokerWith([
      { start: 3n, end: 10n, committed: 10n },
      { start: 0n, end: 0n, committed: -1n },
      { start: 0n, end: 0n, committed: 4n },
    ]);
    expect(await lag()).toMatchObject({ total: 0, partitions: [{ lag: 0 }, { lag: 0 }, { lag: 0 }] });
    expect(asked).toEqual(['metadata', 'coordinator', 'committed', 'offsets']);
  });

  it('is nothing where all of it was deleted between two questions', async () => {
    await brokerWith([{ start: 12n, end: 10n, committed: 4n }]);
    expect(await lag()).toMatchObject({ total: 0 });
  });

  it('is unknown while a partition has no leader, and says which', async () => {
    await brokerWith([log, { ...log, leader: -1 }]);
    expect(await lag()).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/partition 1 of topic t has no/),
    });
  });

  it.each([
    ['a leader that has gone elsewhere', { ends: [6, 6] }],
    ['a coordinator that is only just taking over', { group: [15, 16] }],
  ])('is found behind %s', async (_name, errors) => {
    const asked = await brokerWith([log], errors);
    expect(await lag()).toMatchObject({ kind: 'known', total: 6 });
    expect(asked.filter((name) => name === 'metadata').length).toBeGreaterThan(1);
  });

  it.each([
    ['the group is forbidden to us', { group: Array<number>(9).fill(30) }, 'GROUP_AUTHORIZATION_FAILED'],
    ['the topic does not exist', { topic: 3 }, 'Topic t does not exist'],
    ['a leader never comes', { ends: Array<number>(999).fill(6) }, 'NOT_LEADER_OR_FOLLOWER'],
  ])('is unknown, and never zero, where %s', async (_name, errors, reason) => {
    await brokerWith([log], errors);
    const reading = await lag();
    expect(reading?.kind).toBe('unknown');
    expect(JSON.stringify(reading)).toContain(reason);
  });
});

describe('the ends of a topic', () => {
  it('stand in the order of its partitions, in whatever order brokers name them', async () => {
    await brokerWith([log, { ...log, end: 11n }, { ...log, start: 2n, end: 12n }]);
    expect((await admin?.ends(['t']))?.[0]?.partitions).toEqual([
      { start: 0n, end: 10n },
      { start: 0n, end: 11n },
      { start: 2n, end: 12n },
    ]);
  });
});
