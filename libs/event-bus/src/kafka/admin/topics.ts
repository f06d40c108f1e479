import { setTimeout as pause } from 'node:timers/promises';
import type { BrokerNode, DescribeOptions, TopicDescription, TopicSpec } from '../../topic-admin.port.ts';
import { TopicMissing, TopicRefused } from '../../errors.ts';
import { protocolCode } from '../failure.ts';
import { errorCode } from '../wire/error-codes.ts';
import { BrokerError } from '../wire/errors.ts';
import {
  createPartitions,
  createTopics,
  deleteTopics,
  describeConfigs,
  incrementalAlterConfigs,
} from '../wire/requests.ts';
import type { ValueOf } from '../wire/types.ts';
import { check, type AdminClient, type Attempt } from './admin-client.ts';
import { existingTopics, isAbsent, type TopicMetadata } from './metadata.ts';
import { readEnds } from './offsets.ts';

type ConfigEntry = ValueOf<typeof describeConfigs.answer>['resources'][number]['configs'][number];

const topicResource = 2;
const brokerResource = 4;
/** Source of an entry that was set on the topic itself, or on the broker itself. */
const topicSource = 1;
const brokerSource = 2;
const operation = { set: 0, delete: 1 } as const;

export async function describeTopics(
  client: AdminClient,
  names: readonly string[],
  { configs: keys }: DescribeOptions = {},
): Promise<TopicDescription[]> {
  const topics = await existingTopics(client, names);
  if (topics.length === 0) return [];
  // To Kafka no name means all of them.
  if (keys?.length === 0) return topics.map((topic) => description(topic, []));
  const entries = await readConfigs(
    client,
    topics.map(({ name }) => name),
    keys,
  );
  // One that was deleted between the two questions is absent.
  return topics.flatMap((topic) => {
    const configs = entries.get(topic.name);
    return configs === undefined ? [] : [description(topic, configs)];
  });
}

async function readConfigs(
  { cluster }: AdminClient,
  names: readonly string[],
  keys: readonly string[] | undefined,
): Promise<Map<string, readonly ConfigEntry[]>> {
  const { resources } = await cluster.any(describeConfigs, {
    resources: names.map((name) => ({ type: topicResource, name, keys: keys ?? null })),
    synonyms: false,
    documentation: false,
  });
  const present = resources.filter(({ error }) => !isAbsent(error));
  for (const { error, message } of present) check(error, message);
  return new Map(present.map(({ name, configs }) => [name, configs]));
}

function description(topic: TopicMetadata, entries: readonly ConfigEntry[]): TopicDescription {
  const places = topic.partitions
    .map(({ partition, leader, replicas, inSync }) => ({ partition, leader, replicas, inSync }))
    .toSorted((left, right) => left.partition - right.partition);
  return {
    name: topic.name,
    id: topic.id,
    partitions: places.length,
    replicationFactor: Math.min(...places.map(({ replicas }) => replicas.length)),
    places,
    offlinePartitions: places.filter(({ leader }) => leader < 0).length,
    configs: Object.fromEntries(entries.map(({ name, value }) => [name, value ?? ''])),
    overrides: entries.filter(({ source }) => source === topicSource).map(({ name }) => name),
  };
}

/** Creates a topic and waits until every partition answers for itself. False: it was there. */
export async function createTopic(client: AdminClient, spec: TopicSpec, { uncertain }: Attempt): Promise<boolean> {
  const { name, partitions, replicationFactor } = spec;
  const configs = Object.entries(spec.configs).map(([key, value]) => ({ name: key, value }));
  const { topics } = await client.cluster.controller(createTopics, {
    topics: [{ name, partitions, replicationFactor, assignments: [], configs }],
    timeoutMs: client.timeoutMs,
    validateOnly: false,
  });
  const [answer] = topics;
  if (answer?.error === alreadyExists) return uncertain;
  check(answer?.error ?? 0, answer?.message);
  await allServe(client, spec);
  return true;
}

const alreadyExists = 36;

/** A leader in the metadata is not enough: the broker may not serve the partition yet, and a first write would be refused. */
async function allServe(client: AdminClient, { name, partitions }: TopicSpec): Promise<void> {
  for (const deadline = performance.now() + client.timeoutMs; performance.now() < deadline;) {
    const [ends] = await readEnds(client, [name]).catch((error: unknown) => {
      if (protocolCode(error) === undefined) throw error;
      return [];
    });
    if (ends?.partitions.length === partitions) return;
    await pause(20);
  }
}

/** Makes a topic have so many partitions. @throws TopicMissing, TopicRefused when it has more */
export async function growTopic(
  client: AdminClient,
  { name, count }: { readonly name: string; readonly count: number },
  { uncertain }: Attempt,
): Promise<void> {
  const [topic] = await existingTopics(client, [name]);
  if (topic === undefined) throw new TopicMissing(name);
  const found = topic.partitions.length;
  if (found === count) return;
  if (found > count)
    throw new TopicRefused(name, invalidPartitions, { detail: `has ${String(found)} partitions already` });
  const { topics } = await client.cluster.controller(createPartitions, {
    topics: [{ name, count, assignments: null }],
    timeoutMs: client.timeoutMs,
    validateOnly: false,
  });
  for (const { error, message } of topics) {
    const failure = errorCode(error);
    if (failure === undefined) continue;
    // Done by the attempt before, of which the broker that was asked for the number has not heard yet: to be looked at again.
    const retriable = failure.retriable || (uncertain && failure.code === invalidPartitions);
    throw new BrokerError({ ...failure, retriable }, message);
  }
}

const invalidPartitions = 'INVALID_PARTITIONS';

/** Deletes a topic. False: there was none. */
export async function deleteTopic(
  client: AdminClient,
  { name, id }: { readonly name: string; readonly id: string | undefined },
  { uncertain }: Attempt,
): Promise<boolean> {
  const { topics } = await client.cluster.controller(deleteTopics, {
    topics: [id === undefined ? { name, id: '' } : { name: null, id }],
    timeoutMs: client.timeoutMs,
  });
  const [answer] = topics;
  if (answer === undefined || isAbsent(answer.error) || answer.error === unknownTopicId) return uncertain;
  check(answer.error, answer.message);
  return true;
}

const unknownTopicId = 100;

export async function alterTopicConfigs(
  client: AdminClient,
  name: string,
  configs: Readonly<Record<string, string | null>>,
): Promise<void> {
  const { resources } = await client.cluster.controller(
    incrementalAlterConfigs,
    alteration(topicResource, name, configs),
  );
  for (const { error, message } of resources) check(error, message);
}

function alteration(type: number, name: string, configs: Readonly<Record<string, string | null>>) {
  const entries = Object.entries(configs).map(([key, value]) => ({
    name: key,
    operation: value === null ? operation.delete : operation.set,
    value,
  }));
  return { resources: [{ type, name, configs: entries }], validateOnly: false };
}

export async function runningBrokers({ cluster }: AdminClient): Promise<BrokerNode[]> {
  const { brokers } = await cluster.metadata([]);
  return brokers.map(({ id, rack }) => (rack === null ? { id } : { id, rack }));
}

/** Entries set on a broker itself. Only the broker can tell. */
export async function brokerConfigs(
  { cluster }: AdminClient,
  broker: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { resources } = await cluster.node(broker, describeConfigs, {
    resources: [{ type: brokerResource, name: String(broker), keys }],
    synonyms: false,
    documentation: false,
  });
  for (const { error, message } of resources) check(error, message);
  const own = resources.flatMap(({ configs }) => configs.filter(({ source }) => source === brokerSource));
  return new Map(own.map(({ name, value }) => [name, value ?? '']));
}

/** Alters entries of a broker. Brokers refuse to do so for another one. */
export async function alterBrokerConfigs(
  { cluster }: AdminClient,
  broker: number,
  configs: Readonly<Record<string, string | null>>,
): Promise<void> {
  const question = alteration(brokerResource, String(broker), configs);
  const { resources } = await cluster.node(broker, incrementalAlterConfigs, question);
  for (const { error, message } of resources) check(error, message);
}
