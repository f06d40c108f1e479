import { TopicMissing } from '../../errors.ts';
import { lagsOf } from '../../lag.ts';
import type { LagReading, TopicEnds } from '../../topic-admin.port.ts';
import { BrokerError } from '../wire/errors.ts';
import { listOffsets, offsetFetch } from '../wire/requests.ts';
import { check, type AdminClient } from './admin-client.ts';
import { existingTopics, type TopicMetadata } from './metadata.ts';

const latest = -1n;
const earliest = -2n;
/** What a leader answers for a partition without a committed offset. */
const none = -1n;

/** First and next offsets of the topics that exist. */
export async function readEnds(client: AdminClient, names: readonly string[]): Promise<TopicEnds[]> {
  return await endsOf(client, await existingTopics(client, names));
}

/** First and next offsets, asked of the leader of each partition. */
async function endsOf(client: AdminClient, topics: readonly TopicMetadata[]): Promise<TopicEnds[]> {
  const places = placesOf(topics);
  const [ends, starts] = await Promise.all([offsetsAt(client, places, latest), offsetsAt(client, places, earliest)]);
  return topics.map(({ name, id, partitions }) => ({
    name,
    id,
    partitions: partitions
      .map(({ partition }) => partition)
      .toSorted((left, right) => left - right)
      .map((partition) => ({ start: at(starts, name, partition), end: at(ends, name, partition) })),
  }));
}

interface Place {
  readonly name: string;
  readonly partition: number;
  readonly leader: number;
}

function placesOf(topics: readonly TopicMetadata[]): Place[] {
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition, leader }) => ({ name, partition, leader })),
  );
  const orphan = places.find(({ leader }) => leader < 0);
  if (orphan === undefined) return places;
  throw new BrokerError(
    { code: 'LEADER_NOT_AVAILABLE', retriable: true },
    `partition ${String(orphan.partition)} of topic ${orphan.name} has no leader`,
  );
}

type Offsets = ReadonlyMap<string, bigint>;
const placeKey = (name: string, partition: number): string => `${name}/${String(partition)}`;

function at(offsets: Offsets, name: string, partition: number): bigint {
  const offset = offsets.get(placeKey(name, partition));
  if (offset === undefined)
    throw new BrokerError(
      { code: 'LEADER_NOT_AVAILABLE', retriable: true },
      `no offsets of ${placeKey(name, partition)}`,
    );
  return offset;
}

async function offsetsAt({ cluster }: AdminClient, places: readonly Place[], timestamp: bigint): Promise<Offsets> {
  const byLeader = Map.groupBy(places, ({ leader }) => leader);
  const answers = await Promise.all(
    Array.from(byLeader, ([leader, mine]) =>
      cluster.node(leader, listOffsets, { replica: -1, isolation: 0, topics: questions(mine, timestamp) }),
    ),
  );
  const offsets = new Map<string, bigint>();
  for (const { name, partitions } of answers.flatMap(({ topics }) => topics)) {
    for (const { partition, error, offset } of partitions) {
      check(error);
      offsets.set(placeKey(name, partition), offset);
    }
  }
  return offsets;
}

function questions(places: readonly Place[], timestamp: bigint) {
  return Array.from(
    Map.groupBy(places, ({ name }) => name),
    ([name, mine]) => ({
      name,
      partitions: mine.map(({ partition }) => ({ partition, leaderEpoch: -1, timestamp })),
    }),
  );
}

/** A topic and the number of its partitions. */
export interface Extent {
  readonly name: string;
  readonly partitions: number;
}

/** What a group has committed, by topic and partition; nothing for partitions it never committed to. `coordinator`: the broker that looks after it. */
export async function readCommitted(
  { cluster }: AdminClient,
  { group, coordinator }: { readonly group: string; readonly coordinator: number },
  topics: readonly Extent[],
): Promise<Map<string, Map<number, bigint>>> {
  const answer = await cluster.node(coordinator, offsetFetch, {
    group,
    topics: topics.map(({ name, partitions }) => ({ name, partitions: [...Array(partitions).keys()] })),
    requireStable: false,
  });
  check(answer.error);
  return new Map(
    answer.topics.map(({ name, partitions }) => {
      for (const { error } of partitions) check(error);
      const known = partitions.filter(({ offset }) => offset !== none);
      return [name, new Map(known.map(({ partition, offset }) => [partition, offset]))];
    }),
  );
}

/** First and next offset of each partition, in order. The first is asked for only where the lag depends on it: seldom where a group has read everything. */
async function spansOf(
  client: AdminClient,
  topic: TopicMetadata,
  committed: ReadonlyMap<number, bigint>,
): Promise<TopicEnds['partitions']> {
  const places = placesOf([topic]).toSorted((left, right) => left.partition - right.partition);
  const ends = await offsetsAt(client, places, latest);
  const endOf = ({ name, partition }: Place): bigint => at(ends, name, partition);
  const open = places.filter((place) => endOf(place) > 0n && committed.get(place.partition) !== endOf(place));
  const starts = await offsetsAt(client, open, earliest);
  return places.map((place) => {
    const end = endOf(place);
    if (!open.includes(place)) return { start: 0n, end };
    const start = at(starts, place.name, place.partition);
    // What was deleted between the two questions is no lag.
    return { start: start > end ? end : start, end };
  });
}

/** Lag of a group on a topic. @throws TopicMissing */
export async function readLag(client: AdminClient, topic: string, group: string): Promise<LagReading> {
  const [present] = await existingTopics(client, [topic]);
  if (present === undefined) throw new TopicMissing(topic);
  // Committed before ends: what arrives in between is counted as lag, never the other way round.
  const coordinator = await client.cluster.coordinatorOf(group);
  const extent = { name: topic, partitions: present.partitions.length };
  const byTopic = await readCommitted(client, { group, coordinator }, [extent]);
  const committed = byTopic.get(topic) ?? new Map<number, bigint>();
  const lags = lagsOf({ partitions: await spansOf(client, present, committed) }, committed);
  return { kind: 'known', total: lags.reduce((sum, { lag }) => sum + lag, 0), partitions: lags };
}
