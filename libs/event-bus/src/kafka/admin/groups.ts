import { lagsOf } from '../../lag.ts';
import type { TopicEnds, TopicUse } from '../../topic-admin.port.ts';
import { Reader } from '../wire/bytes.ts';
import { describeGroups, listGroups } from '../wire/requests.ts';
import { legacyList, legacyText } from '../wire/types.ts';
import { check, type AdminClient } from './admin-client.ts';
import { readCommitted, readEnds } from './offsets.ts';

/** Consumer groups of these topics: with members, or with committed offsets. */
export async function readUses(client: AdminClient, names: readonly string[]): Promise<TopicUse[]> {
  const topics = await readEnds(client, names);
  if (topics.length === 0) return [];
  const uses: TopicUse[] = [];
  for (const [group, state] of await allGroups(client)) uses.push(...(await usesOf(client, { group, state }, topics)));
  return uses;
}

/** States of a group without members. */
const idle: ReadonlySet<string> = new Set(['Empty', 'Dead', '']);

/** All groups with their states. Every broker knows only those that it coordinates. */
async function allGroups({ cluster }: AdminClient): Promise<ReadonlyMap<string, string>> {
  const { brokers } = await cluster.metadata([]);
  const answers = await Promise.all(brokers.map(({ id }) => cluster.node(id, listGroups, { states: [] })));
  for (const { error } of answers) check(error);
  return new Map(answers.flatMap(({ groups }) => groups.map(({ group, state }) => [group, state] as const)));
}

async function usesOf(
  client: AdminClient,
  { group, state }: { readonly group: string; readonly state: string },
  topics: readonly TopicEnds[],
): Promise<TopicUse[]> {
  const committed = await readCommitted(client, group, topics);
  const members = await membersByTopic(client, group);
  // Members of the newer group protocol (KIP-848) are not described to us: then the group counts as one where it has committed.
  const hidden = members.size === 0 && !idle.has(state) ? 1 : 0;
  return topics.flatMap((topic) => {
    const offsets = committed.get(topic.name) ?? new Map<number, bigint>();
    const subscribed = members.get(topic.name) ?? (offsets.size > 0 ? hidden : 0);
    if (offsets.size === 0 && subscribed === 0) return [];
    const lag = offsets.size === 0 ? 0 : lagsOf(topic, offsets).reduce((sum, part) => sum + part.lag, 0);
    return [{ group, topic: topic.name, members: subscribed, lag }];
  });
}

/** How many members of a group are subscribed to each topic. */
async function membersByTopic({ cluster }: AdminClient, group: string): Promise<Map<string, number>> {
  const coordinator = await cluster.coordinatorOf(group);
  const { groups } = await cluster.node(coordinator, describeGroups, { groups: [group], operations: false });
  const counts = new Map<string, number>();
  for (const { error, members } of groups) {
    check(error);
    for (const topic of members.flatMap(({ subscription }) => subscribedTopics(subscription)))
      counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  return counts;
}

/**
 * Topics in a member's subscription: version, then names. While a group forms, and for other uses of Kafka's groups than consuming (Connect),
 * there is nothing there that we could read.
 */
export function subscribedTopics(subscription: Buffer): string[] {
  try {
    const reader = new Reader(subscription);
    reader.int16();
    return legacyList(legacyText)
      .read(reader)
      .filter((name) => name !== null);
  } catch {
    return [];
  }
}
