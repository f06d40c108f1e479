import { lagsOf } from '../../lag.ts';
import type { TopicEnds, TopicUse } from '../../topic-admin.port.ts';
import { Reader as ByteReader } from '../wire/bytes.ts';
import type { WireCluster } from '../wire/cluster.ts';
import { errorCode } from '../wire/error-codes.ts';
import { UnsupportedRequest } from '../wire/errors.ts';
import { describeConsumerGroups, describeGroups, listGroups } from '../wire/requests.ts';
import { legacyList, legacyText, type ValueOf } from '../wire/types.ts';
import { check, type AdminClient } from './admin-client.ts';
import { existingTopics } from './metadata.ts';
import { readCommitted, readEnds } from './offsets.ts';

/** A group as the broker lists that looks after it. */
interface Group {
  readonly group: string;
  readonly state: string;
  readonly coordinator: number;
}

/** By topic, how many members of a group are subscribed to it. */
type Members = ReadonlyMap<string, number>;

/** Groups asked about at the same time, over one connection to each broker: a cluster may have thousands. */
const atOnce = 64;

/** Groups described in one answer, so that it stays far below the largest that is taken. */
const describedAtOnce = 1_000;

/** Consumer groups of these topics: with members, or with committed offsets. */
export async function readUses(client: AdminClient, names: readonly string[]): Promise<TopicUse[]> {
  const topics = await existingTopics(client, names);
  if (topics.length === 0) return [];
  const groups = await allGroups(client);
  const members = await membersByGroup(client, groups);
  const extents = topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }));
  const readers: Reader[] = [];
  for (const some of chunks(groups, atOnce)) {
    const found = some.map(async (group) => ({
      ...group,
      members: members.get(group.group) ?? new Map<string, number>(),
      committed: await readCommitted(client, group, extents),
    }));
    readers.push(...(await Promise.all(found)));
  }
  // Ends after what was committed: a group that reads meanwhile would seem to be beyond them.
  const ends = await readEnds(client, names);
  return readers.flatMap((reader) => usesOf(reader, ends));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Every broker knows only the groups that it looks after. */
async function allGroups({ cluster }: AdminClient): Promise<Group[]> {
  const { brokers } = await cluster.metadata([]);
  const answers = await Promise.all(
    brokers.map(async ({ id }) => ({ id, ...(await cluster.node(id, listGroups, { states: [] })) })),
  );
  return answers.flatMap(({ id, error, groups }) => {
    check(error);
    return groups.map(({ group, state }) => ({ group, state, coordinator: id }));
  });
}

async function membersByGroup(
  { cluster }: AdminClient,
  groups: readonly Group[],
): Promise<ReadonlyMap<string, Members>> {
  const byCoordinator = [...Map.groupBy(groups, ({ coordinator }) => coordinator)];
  const portions = byCoordinator.flatMap(([coordinator, all]) =>
    chunks(all, describedAtOnce).map((mine) => [coordinator, mine] as const),
  );
  const answers = await Promise.all(
    portions.map(async ([coordinator, mine]) => {
      const older = await olderMembers(cluster, coordinator, mine);
      const silent = mine.filter(({ group, state }) => !idle.has(state) && !older.has(group));
      return [...older, ...(silent.length === 0 ? [] : await newerMembers(cluster, coordinator, silent))];
    }),
  );
  return new Map(answers.flat());
}

/** Members of the groups that have some by the older protocol. */
async function olderMembers(
  cluster: WireCluster,
  coordinator: number,
  groups: readonly Group[],
): Promise<ReadonlyMap<string, Members>> {
  const question = { groups: groups.map(({ group }) => group), operations: false };
  const answer = await cluster.node(coordinator, describeGroups, question);
  for (const { error } of answer.groups) check(error);
  const found = answer.groups.filter(({ members }) => members.length > 0);
  return new Map(
    found.map(({ group, members }) => [group, counted(members.map((member) => subscribedTopics(member.subscription)))]),
  );
}

/** Members by the newer protocol (KIP-848). Groups that the broker cannot or may not describe so are left out. */
async function newerMembers(
  cluster: WireCluster,
  coordinator: number,
  groups: readonly Group[],
): Promise<ReadonlyMap<string, Members>> {
  const question = { groups: groups.map(({ group }) => group), operations: false };
  try {
    const answer = await cluster.node(coordinator, describeConsumerGroups, question);
    for (const { error, message } of answer.groups) if (errorCode(error)?.retriable === true) check(error, message);
    const found = answer.groups.filter(({ error }) => error === 0);
    return new Map(found.map(({ group, members }) => [group, counted(members.map(readTopics))]));
  } catch (error) {
    if (error instanceof UnsupportedRequest) return new Map();
    throw error;
  }
}

type NewerMember = ValueOf<typeof describeConsumerGroups.answer>['groups'][number]['members'][number];

/** What a member subscribed to by name, and what a pattern has brought it. */
function readTopics({ topics, assignment, target }: NewerMember): readonly string[] {
  const assigned = [...assignment.topics, ...target.topics].map(({ name }) => name);
  return [...new Set([...topics, ...assigned])];
}

/** By topic, how many of the lists name it. */
function counted(lists: readonly (readonly string[])[]): Members {
  const counts = new Map<string, number>();
  for (const name of lists.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** States of a group without members. */
const idle: ReadonlySet<string> = new Set(['Empty', 'Dead', '']);

interface Reader extends Group {
  readonly committed: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
  readonly members: Members;
}

function usesOf({ group, state, committed, members }: Reader, topics: readonly TopicEnds[]): TopicUse[] {
  // Members that were not described to us in a form that we read: then the group counts as one where it has committed.
  const hidden = members.size === 0 && !idle.has(state) ? 1 : 0;
  return topics.flatMap((topic) => {
    const offsets = committed.get(topic.name) ?? new Map<number, bigint>();
    const subscribed = members.get(topic.name) ?? (offsets.size > 0 ? hidden : 0);
    if (offsets.size === 0 && subscribed === 0) return [];
    const lag = offsets.size === 0 ? 0 : lagsOf(topic, offsets).reduce((sum, part) => sum + part.lag, 0);
    return [{ group, topic: topic.name, members: subscribed, lag }];
  });
}

/**
 * Topics in a member's subscription: version, then names. While a group forms, and for other uses of Kafka's groups than consuming (Connect),
 * there is nothing there that we could read.
 */
export function subscribedTopics(subscription: Buffer): string[] {
  try {
    const reader = new ByteReader(subscription);
    reader.int16();
    return legacyList(legacyText)
      .read(reader)
      .filter((name) => name !== null);
  } catch {
    return [];
  }
}
