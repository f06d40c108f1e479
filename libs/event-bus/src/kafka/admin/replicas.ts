import type { Reassignment, ReplicaTarget, ReplicationRates } from '../../topic-admin.port.ts';
import { alterPartitionReassignments, listPartitionReassignments } from '../wire/requests.ts';
import { check, type AdminClient } from './admin-client.ts';
import { existingTopics } from './metadata.ts';
import { alterBrokerConfigs, brokerConfigs } from './topics.ts';

/** Names of a broker's limits on copying throttled replicas. */
const rateKeys = {
  leader: 'leader.replication.throttled.rate',
  follower: 'follower.replication.throttled.rate',
} as const;

export async function readReassignments(client: AdminClient, name: string): Promise<Reassignment[]> {
  const [topic] = await existingTopics(client, [name]);
  if (topic === undefined) return [];
  const answer = await client.cluster.controller(listPartitionReassignments, {
    timeoutMs: client.timeoutMs,
    topics: [{ name, partitions: topic.partitions.map(({ partition }) => partition) }],
  });
  check(answer.error, answer.message);
  return answer.topics
    .flatMap(({ partitions }) => partitions)
    .toSorted((left, right) => left.partition - right.partition);
}

export async function alterReassignments(
  client: AdminClient,
  name: string,
  targets: readonly ReplicaTarget[],
): Promise<void> {
  const answer = await client.cluster.controller(alterPartitionReassignments, {
    timeoutMs: client.timeoutMs,
    topics: [{ name, partitions: targets }],
  });
  check(answer.error, answer.message);
  for (const { error, message } of answer.topics.flatMap(({ partitions }) => partitions)) {
    // Given up by somebody else, or done meanwhile: what was asked for.
    if (error !== noReassignment) check(error, message);
  }
}

const noReassignment = 85;

export async function readRates(
  client: AdminClient,
  brokers: readonly number[],
): Promise<ReadonlyMap<number, ReplicationRates>> {
  await client.cluster.metadata([]);
  const rates = await Promise.all(
    brokers.map(async (broker) => {
      const entries = await brokerConfigs(client, broker, Object.values(rateKeys));
      const [leader, follower] = [entries.get(rateKeys.leader), entries.get(rateKeys.follower)];
      const found = { ...(leader !== undefined && { leader }), ...(follower !== undefined && { follower }) };
      return [broker, found] as const;
    }),
  );
  return new Map(rates);
}

export async function limitRates(client: AdminClient, brokers: readonly number[], rate: number | null): Promise<void> {
  await client.cluster.metadata([]);
  const value = rate === null ? null : String(rate);
  const configs = { [rateKeys.leader]: value, [rateKeys.follower]: value };
  await Promise.all(brokers.map((broker) => alterBrokerConfigs(client, broker, configs)));
}
