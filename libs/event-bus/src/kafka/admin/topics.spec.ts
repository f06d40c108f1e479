import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TopicAdmin } from '../../topic-admin.port.ts';
import { kafkaTopicAdmin } from '../kafka-topic-admin.ts';
import {
  createPartitions,
  createTopics,
  deleteTopics,
  describeConfigs,
  listOffsets,
  metadata,
} from '../wire/requests.ts';
import { offered, script, scriptedBroker, type Answer, type ScriptedBroker } from '../wire/testing/scripted-broker.ts';

let broker: ScriptedBroker | undefined;
let admin: TopicAdmin | undefined;
afterEach(async () => {
  await admin?.close();
  broker?.close();
});

const notController = 41;
const unknownTopic = 3;
const unauthorised = 29;

/** Topics of a broker by their partitions, and what it was asked to do with them. */
type State = { readonly topics: Map<string, number>; readonly asked: string[] };

/** One broker that does what it is asked; `first` decides what becomes of the first request for a change. */
async function brokerWith(
  topics: Record<string, number>,
  first: 'answered' | 'answer lost' | 'not controller' | 'never controller' = 'answered',
): Promise<State> {
  const state: State = { topics: new Map(Object.entries(topics)), asked: [] };
  const change = (name: string, done: () => number): number | 'close' => {
    state.asked.push(name);
    const begins = state.asked.length === 1;
    if (first === 'never controller' || (begins && first === 'not controller')) return notController;
    const error = done();
    return begins && first === 'answer lost' ? 'close' : error;
  };
  const answer = (error: number | 'close', body: (error: number) => object): object | 'close' =>
    error === 'close' ? 'close' : { throttleMs: 0, ...body(error) };
  const create = ({ topics: [wanted] }: { topics: { name: string; partitions: number }[] }) => {
    const { name = '', partitions = 0 } = wanted ?? {};
    const error = change('create', () => {
      if (state.topics.has(name)) return 36;
      state.topics.set(name, partitions);
      return 0;
    });
    const rest = { id: '', message: null, partitions, replicationFactor: 1, configs: null };
    return answer(error, (code) => ({ topics: [{ name, error: code, ...rest }] }));
  };
  const grow = ({ topics: [wanted] }: { topics: { name: string; count: number }[] }) => {
    const { name = '', count = 0 } = wanted ?? {};
    const error = change('grow', () => {
      if ((state.topics.get(name) ?? 0) >= count) return 37;
      state.topics.set(name, count);
      return 0;
    });
    return answer(error, (code) => ({ topics: [{ name, error: code, message: null }] }));
  };
  const remove = ({ topics: [wanted] }: { topics: { name: string }[] }) => {
    const name = wanted?.name ?? '';
    const error = change('delete', () => (state.topics.delete(name) ? 0 : unknownTopic));
    return answer(error, (code) => ({ topics: [{ name, id: '', error: code, message: null }] }));
  };
  const configs = ({ resources }: { resources: { name: string }[] }) => ({
    throttleMs: 0,
    resources: resources.map(({ name }) => ({ error: 0, message: null, type: 2, name, configs: [] })),
  });
  const steps: [unknown, Answer][] = [
    [metadata, (question: Asked) => view(state, question)],
    [createTopics, create],
    [createPartitions, grow],
    [deleteTopics, remove],
    [describeConfigs, configs],
    [listOffsets, ends],
  ];
  broker = await scriptedBroker(script(offered, ...steps));
  admin = kafkaTopicAdmin({ brokers: [`127.0.0.1:${String(broker.port)}`], clientId: 'test', timeoutMs: 600 });
  return state;
}

type Asked = { topics: { name: string }[] | null };

function view({ topics }: State, { topics: wanted }: Asked): object {
  const place = { error: 0, leader: 1, leaderEpoch: 0, replicas: [1], inSync: [1], offline: [] };
  const found = (wanted ?? []).map(({ name }) => {
    const count = topics.get(name);
    const partitions = Array.from({ length: Math.max(0, count ?? 0) }, (_, partition) => ({ ...place, partition }));
    const error = name === 'hidden' ? unauthorised : count === undefined ? unknownTopic : 0;
    return { error, name, id: '', internal: false, partitions, operations: 0 };
  });
  const brokers = [{ id: 1, host: '127.0.0.1', port: broker?.port ?? 0, rack: null }];
  return { throttleMs: 0, brokers, cluster: 'c', controller: 1, topics: found, operations: 0 };
}

function ends({ topics }: { topics: { name: string; partitions: { partition: number }[] }[] }): object {
  const end = { error: 0, timestamp: 0n, offset: 0n, leaderEpoch: 0 };
  const found = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition }) => ({ ...end, partition })),
  }));
  return { throttleMs: 0, topics: found };
}

const spec = { name: 't', partitions: 2, replicationFactor: 1, configs: {} };

describe('a change whose answer was lost on the way', () => {
  it('has made the topic, and the caller is told that it did not exist before', async () => {
    const { asked } = await brokerWith({}, 'answer lost');
    expect(await admin?.create(spec)).toBe(true);
    expect(asked).toEqual(['create', 'create']);
  });

  it('has made the topic grow, which is no reason to refuse it', async () => {
    const { topics } = await brokerWith({ t: 2 }, 'answer lost');
    await admin?.grow('t', 5);
    expect(topics.get('t')).toBe(5);
  });

  it('has deleted the topic, and the caller is told that it existed', async () => {
    await brokerWith({ t: 2 }, 'answer lost');
    expect(await admin?.delete('t')).toBe(true);
  });
});

describe('a broker that does not decide any longer', () => {
  it('is asked who does, and the change is made there', async () => {
    const { topics, asked } = await brokerWith({ t: 2 }, 'not controller');
    await admin?.grow('t', 5);
    expect(topics.get('t')).toBe(5);
    expect(asked).toEqual(['grow', 'grow']);
  });

  it('is asked no longer than the time of a call, also when the clock is set back meanwhile', async () => {
    const { asked } = await brokerWith({ t: 2 }, 'never controller');
    const clock = vi.spyOn(Date, 'now').mockReturnValueOnce(7_200_000).mockReturnValue(0);
    await expect(admin?.grow('t', 5)).rejects.toMatchObject({ name: 'BusUnavailable' });
    let before = 0;
    const rests = (): boolean => {
      const same = asked.length === before;
      before = asked.length;
      return same;
    };
    await expect.poll(rests, { interval: 150, timeout: 1_500 }).toBe(true);
    clock.mockRestore();
  });
});

describe('topics', () => {
  it('that are there already are not called new', async () => {
    await brokerWith({ t: 2 });
    expect(await admin?.create(spec)).toBe(false);
    expect(await admin?.delete('absent')).toBe(false);
  });

  it('are refused to shrink, and left alone where they are as wanted', async () => {
    const { asked } = await brokerWith({ t: 2 });
    await expect(admin?.grow('t', 1)).rejects.toMatchObject({ name: 'TopicRefused', code: 'INVALID_PARTITIONS' });
    await expect(admin?.grow('absent', 1)).rejects.toMatchObject({ name: 'TopicMissing' });
    await admin?.grow('t', 2);
    expect(asked).toEqual([]);
  });

  it('that are asked for together are named one by one when one of them may not be seen', async () => {
    await brokerWith({ t: 2, hidden: 1 });
    const asking = admin?.describe(['t', 'hidden']);
    await expect(asking).rejects.toMatchObject({ name: 'TopicRefused', code: 'TOPIC_AUTHORIZATION_FAILED' });
    await expect(asking).rejects.toThrow(/topic hidden\b/);
  });
});
